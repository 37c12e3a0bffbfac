/** How to reach a Kafka cluster; both clients take it. */
export interface KafkaConnection {
  readonly brokers: readonly string[];
  /** Names this process in the brokers' logs, metrics and quotas. */
  readonly clientId: string;
  readonly tls?: { readonly authority: string | undefined };
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
    readonly username: string;
    readonly password: string;
  };
}

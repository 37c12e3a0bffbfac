import { Kafka, logLevel, type LogEntry } from 'kafkajs';
import type { Logger } from '../logging/logger.js';
import type { KafkaConnection } from './kafka-connection.js';

/** The client for everything but telemetry, with its log lines in ours. */
export function createKafkaJs(connection: KafkaConnection, logger: Logger): Kafka {
  return new Kafka({
    clientId: connection.clientId,
    brokers: [...connection.brokers],
    ...(connection.tls && {
      ssl: connection.tls.authority === undefined ? true : { ca: [connection.tls.authority] },
    }),
    ...(connection.sasl && { sasl: toSasl(connection.sasl) }),
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 8 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      log(logger, entry);
    },
  });
}

type Sasl = NonNullable<KafkaConnection['sasl']>;

function toSasl({ mechanism, username, password }: Sasl) {
  switch (mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain' as const, username, password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256' as const, username, password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512' as const, username, password };
  }
}

/** What kafkajs calls an error it mostly retries by itself, so it is a warning here. */
function log(logger: Logger, { log: { message, error, broker } }: LogEntry): void {
  logger.warn({ kafka: { error: error as unknown, broker: broker as unknown } }, message);
}

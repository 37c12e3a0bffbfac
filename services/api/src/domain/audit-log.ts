/** What is remembered of every change of a hub and its identities: who, what, when and from where. */

export interface AuditEntry {
  readonly id: string;
  readonly time: Date;
  readonly hub: string;
  readonly resourceGroup: string;
  readonly operation: string;
  /** Ids of what was changed; of the hub itself none. */
  readonly subject: Readonly<Record<string, unknown>>;
  readonly details: Readonly<Record<string, unknown>>;
  readonly actorKind: string;
  readonly actorName: string;
  readonly clientAddress: string | undefined;
  readonly requestId: string | undefined;
  /** Of the import by which it was done, long after the request. */
  readonly jobId: string | undefined;
  readonly traceId: string | undefined;
}

export interface AuditQuery {
  readonly subscriptionId: string;
  /** Undefined means every hub of the subscription, those that are gone among them. */
  readonly hub: { readonly resourceGroup: string; readonly name: string } | undefined;
  /** From this time on, and before that one. */
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  /** The `next` of the page before. */
  readonly before: string | undefined;
  readonly limit: number;
}

export interface AuditPage {
  /** The newest first; fewer than asked for where they are large. */
  readonly entries: readonly AuditEntry[];
  /** The `before` of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

export interface AuditLog {
  /** @throws HubError */
  list(query: AuditQuery): Promise<AuditPage>;
}

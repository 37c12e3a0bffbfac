/** Where the registry remembers who did what to a hub: the actor of the call, at whose request this is. */
export interface AuditLog {
  /** @throws HubError IotHubNotFound, and ServiceUnavailable when it cannot be said whether it is there */
  add(hub: string, change: AuditedChange): Promise<void>;
}

export interface AuditedChange {
  readonly operation: 'CreateJob' | 'CancelJob';
  readonly jobId: string;
  /** Never a signature. */
  readonly details: object;
}

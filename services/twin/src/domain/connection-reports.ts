/** Whether devices are connected, as gateways report it (events-monitoring.md section 1.3), for queries. */
import type { ConnectionState } from '@linchpin/wire';

export interface ConnectionReport {
  readonly hub: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly generationId: string;
  readonly state: ConnectionState;
  /** 64 upper-case hexadecimal digits; later reports of an identity have greater ones. */
  readonly sequenceNumber: string;
  readonly occurredAt: Date;
  /** The model that the connection had announced; empty without one. */
  readonly modelId: string;
}

export interface ConnectionReports {
  /** Stores the reports that are news; what comes late, or is of an identity that is gone, changes nothing. */
  apply(reports: readonly ConnectionReport[]): Promise<void>;
}

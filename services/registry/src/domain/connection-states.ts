/** Whether devices are connected, as gateways report it (events-monitoring.md section 1.3). */
import type { ConnectionState } from '@linchpin/wire';
import type { IdentityId } from './device-identity.js';

export interface ConnectionReport extends IdentityId {
  readonly hub: string;
  readonly generationId: string;
  readonly state: ConnectionState;
  /** 64 upper-case hexadecimal digits; later reports of an identity have greater ones. */
  readonly sequenceNumber: string;
  readonly occurredAt: Date;
}

export interface ConnectionStates {
  /**
   * Stores the reports that are news: one that came late, of a hub that is being deleted, or of an
   * identity that was deleted or made again, changes nothing. At most one report for each identity.
   *
   * @returns how many were news
   */
  apply(reports: readonly ConnectionReport[]): Promise<number>;
}

/** The last report of each identity. */
export function latestReports(reports: readonly ConnectionReport[]): readonly ConnectionReport[] {
  const latest = new Map<string, ConnectionReport>();
  for (const report of reports) {
    const { hub, deviceId, moduleId = '', generationId } = report;
    // No hub name, id or generation holds a slash.
    const identity = `${hub}/${deviceId}/${moduleId}/${generationId}`;
    const known = latest.get(identity);
    if (known === undefined || known.sequenceNumber < report.sequenceNumber) {
      latest.set(identity, report);
    }
  }
  return [...latest.values()];
}

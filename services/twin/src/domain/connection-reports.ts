/** Whether devices are connected, as gateways report it (events-monitoring.md section 1.3), for queries. */
import type { ConnectionState } from '@linchpin/wire';
import { copyCurrent } from './copy-current.js';
import { ifThere, type IdentityCopy, type RegistryIdentities } from './identity-copy.js';

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
  /**
   * Stores the reports that are news; what comes late changes nothing.
   *
   * @returns those of identities that the copy does not have
   */
  apply(reports: readonly ConnectionReport[]): Promise<readonly ConnectionReport[]>;
}

interface ReportParts {
  readonly reports: ConnectionReports;
  readonly registry: RegistryIdentities;
  readonly copy: IdentityCopy;
}

/** What is older was told of when the identity was copied, or the identity is gone for long. */
const lookedForMs = 10 * 60_000;

/**
 * A device may connect before the copy hears that it was made: the registry is asked for it then, or its
 * connection would not be known until the next one.
 */
export async function applyReports(
  parts: ReportParts,
  batch: readonly ConnectionReport[],
  now: Date,
): Promise<void> {
  const unknown = await parts.reports.apply(batch);
  const young = unknown.filter(
    ({ occurredAt }) => now.getTime() - occurredAt.getTime() < lookedForMs,
  );
  const late: ConnectionReport[] = [];
  for (const hub of new Set(young.map((report) => report.hub))) {
    const reports = young.filter((report) => report.hub === hub);
    late.push(...(await copyReported(parts, hub, reports)));
  }
  if (late.length > 0) {
    await parts.reports.apply(late);
  }
}

/**
 * The hub is asked for once: where it was deleted, all of its devices are told to be disconnected at once.
 *
 * @returns those of identities that the registry has
 */
async function copyReported(
  { registry, copy }: ReportParts,
  hub: string,
  reports: readonly ConnectionReport[],
): Promise<readonly ConnectionReport[]> {
  const [hubGeneration] = await ifThere(registry.generationOf(hub));
  const copied: ConnectionReport[] = [];
  if (hubGeneration === undefined) {
    return copied;
  }
  for (const report of reports) {
    const { deviceId, moduleId, generationId } = report;
    const read = () => ifThere(registry.get({ hub, hubGeneration, deviceId, moduleId }));
    const identities = (await read()).filter((each) => each.generationId === generationId);
    const found = await copyCurrent(copy, { hub, hubGeneration }, { identities, readAgain: read });
    if (found.length > 0) {
      copied.push(report);
    }
  }
  return copied;
}

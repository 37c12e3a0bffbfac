/** Whether devices are connected, as gateways report it (events-monitoring.md section 1.3), for queries. */
import type { ConnectionState } from '@linchpin/wire';
import { isGone, type IdentityCopy, type RegistryIdentities } from './identity-copy.js';

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
  const late: ConnectionReport[] = [];
  for (const report of unknown) {
    const isYoung = now.getTime() - report.occurredAt.getTime() < lookedForMs;
    if (isYoung && (await copyIdentity(parts, report))) {
      late.push(report);
    }
  }
  if (late.length > 0) {
    await parts.reports.apply(late);
  }
}

/** @returns whether the identity is the one that was reported of */
async function copyIdentity(
  { registry, copy }: ReportParts,
  { hub, deviceId, moduleId, generationId }: ConnectionReport,
): Promise<boolean> {
  try {
    const hubGeneration = await registry.generationOf(hub);
    const identity = await registry.get({ hub, hubGeneration, deviceId, moduleId });
    if (identity.generationId !== generationId) {
      return false;
    }
    await copy.put({ hub, hubGeneration }, [identity]);
    return true;
  } catch (error) {
    if (isGone(error)) {
      return false;
    }
    throw error;
  }
}

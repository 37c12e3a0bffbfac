/** `POST /devices` (service-rest.md section 4), but for its JSON. */
import { formatIdentityId, HubError, isBasicTier, type DeviceIdentityId } from '@linchpin/wire';
import type { ImportRow } from '@linchpin/wire/json';
import type { BulkRegistry } from './bulk-registry.js';
import type { HubOfCaller } from './caller.js';
import type { TwinChange, Twins } from './twins.js';

export interface BulkRow extends ImportRow {
  /** Of its twin, once its identity is as the row wants it; undefined when the row brings none. */
  readonly twin: TwinChange | undefined;
}

export interface RefusedRow {
  readonly row: BulkRow;
  readonly error: HubError;
}

export interface BulkResult {
  readonly failures: readonly RefusedRow[];
  /** Their identities were applied, the twins that they bring along were not. */
  readonly withoutTwin: readonly RefusedRow[];
}

/**
 * So many twins of one request are asked for at a time: what waits for a turn of its hub with all others is refused
 * after some seconds, and then eight requests of a hundred rows left a third of their identities without twins.
 */
const twinsAtOnceMax = 16;

interface BulkParts {
  readonly registry: BulkRegistry;
  readonly twins: Twins;
}

/** @throws HubError DeviceDefinedMultipleTimes and what BulkRegistry says; then no row was applied */
export async function applyBulkRows(
  { registry, twins }: BulkParts,
  hub: HubOfCaller,
  rows: readonly BulkRow[],
): Promise<BulkResult> {
  requireDistinct(rows.map(({ definition }) => definition));
  const refused = await applyChanges(registry, hub, rows);
  const refusedTwins = await writeTwins(
    twins,
    hub,
    rows.filter((row) => !refused.has(row)),
  );
  const failures: RefusedRow[] = [];
  const withoutTwin: RefusedRow[] = [];
  for (const row of rows) {
    const error = refused.get(row) ?? refusedTwins.get(row);
    if (error !== undefined) {
      const isApplied = row.change !== undefined && !refused.has(row);
      (isApplied ? withoutTwin : failures).push({ row, error });
    }
  }
  return { failures, withoutTwin };
}

type Refusals = ReadonlyMap<BulkRow, HubError>;

async function applyChanges(
  registry: BulkRegistry,
  { hub }: HubOfCaller,
  rows: readonly BulkRow[],
): Promise<Refusals> {
  const changes = rows.flatMap((row) =>
    row.change === undefined ? [] : [{ row, change: row.change }],
  );
  if (changes.length === 0) {
    return new Map();
  }
  const errors = await registry.apply(
    hub,
    changes.map(({ change }) => change),
  );
  return new Map(
    changes.flatMap(({ row }, index) => {
      const error = errors[index];
      return error === undefined ? [] : [[row, error] as const];
    }),
  );
}

async function writeTwins(
  twins: Twins,
  hub: HubOfCaller,
  rows: readonly BulkRow[],
): Promise<Refusals> {
  const rest = rows.values();
  const refusals = new Map<BulkRow, HubError>();
  const writeRest = async (): Promise<void> => {
    for (const row of rest) {
      const error = await writeTwin(twins, hub, row);
      if (error !== undefined) {
        refusals.set(row, error);
      }
    }
  };
  await Promise.all(Array.from({ length: twinsAtOnceMax }, writeRest));
  return refusals;
}

async function writeTwin(
  twins: Twins,
  hub: HubOfCaller,
  { definition: { deviceId, moduleId }, twin }: BulkRow,
): Promise<HubError | undefined> {
  if (twin === undefined) {
    return undefined;
  }
  if (isBasicTier(hub.limits)) {
    const { sku } = hub.limits;
    return new HubError('OperationNotAvailableInCurrentTier', `No twins in the tier ${sku}.`);
  }
  try {
    await twins.update(hub, { deviceId, moduleId }, twin);
    return undefined;
  } catch (error) {
    if (error instanceof HubError) {
      return error;
    }
    throw error;
  }
}

/** @throws HubError DeviceDefinedMultipleTimes */
export function requireDistinct(ids: readonly DeviceIdentityId[]): void {
  const names = new Set<string>();
  for (const { deviceId, moduleId } of ids) {
    const name = formatIdentityId({ deviceId, moduleId });
    if (names.has(name)) {
      throw new HubError('DeviceDefinedMultipleTimes', `${name} is there twice; nothing is done.`);
    }
    names.add(name);
  }
}

/** `POST /devices` (service-rest.md section 4), but for its JSON. */
import { formatIdentityId, HubError, type DeviceIdentityId } from '@linchpin/wire';
import { twinsNotServed, type ImportRow } from '@linchpin/wire/json';
import type { BulkRegistry } from './bulk-registry.js';

export interface BulkResult {
  readonly failures: readonly { readonly row: ImportRow; readonly error: HubError }[];
  /** Those that were applied without the twin that they bring along. */
  readonly withoutTwin: readonly ImportRow[];
}

/** @throws HubError DeviceDefinedMultipleTimes and what BulkRegistry says; then no row was applied */
export async function applyBulkRows(
  registry: BulkRegistry,
  hub: string,
  rows: readonly ImportRow[],
): Promise<BulkResult> {
  requireDistinct(rows.map(({ definition }) => definition));
  const changes = rows.flatMap((row) =>
    row.change === undefined ? [] : [{ row, change: row.change }],
  );
  const errors = await registry.apply(
    hub,
    changes.map(({ change }) => change),
  );
  const errorOf = new Map(changes.map(({ row }, index) => [row, errors[index]]));
  const judged = rows.map((row) => ({
    row,
    error: errorOf.has(row) ? errorOf.get(row) : twinsNotServed(),
  }));
  return {
    failures: judged.flatMap(({ row, error }) => (error === undefined ? [] : [{ row, error }])),
    withoutTwin: judged.flatMap(({ row, error }) =>
      error === undefined && row.hasTwin ? [row] : [],
    ),
  };
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

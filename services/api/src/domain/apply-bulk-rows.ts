/** `POST /devices` (service-rest.md section 4), but for its JSON. */
import {
  formatIdentityId,
  HubError,
  importActionOf,
  importModeMatchesTag,
  type DeviceIdentityId,
  type IdentityDefinition,
  type ImportMode,
} from '@linchpin/wire';
import type { BulkChange, BulkRegistry } from './bulk-registry.js';

export interface BulkRow {
  readonly mode: ImportMode;
  readonly definition: IdentityDefinition;
  /** As an If-Match of the same meaning; undefined when none is stated. */
  readonly etag: string | undefined;
  /** Whether there are tags or desired properties in it. */
  readonly hasTwin: boolean;
}

export interface BulkResult {
  readonly failures: readonly { readonly row: BulkRow; readonly error: HubError }[];
  /** Those that were applied without the twin that they bring along. */
  readonly withoutTwin: readonly BulkRow[];
}

/** @throws HubError DeviceDefinedMultipleTimes and what BulkRegistry says; then no row was applied */
export async function applyBulkRows(
  registry: BulkRegistry,
  hub: string,
  rows: readonly BulkRow[],
): Promise<BulkResult> {
  requireDistinct(rows.map(({ definition }) => definition));
  const changes = rows.flatMap((row) => {
    const change = toChange(row);
    return change === undefined ? [] : [{ row, change }];
  });
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
      error === undefined && row.hasTwin && importActionOf(row.mode) !== 'delete' ? [row] : [],
    ),
  };
}

/** @throws HubError DeviceDefinedMultipleTimes */
export function requireDistinct(ids: readonly DeviceIdentityId[]): void {
  const names = ids.map(({ deviceId, moduleId }) => formatIdentityId({ deviceId, moduleId }));
  if (new Set(names).size < names.length) {
    throw new HubError('DeviceDefinedMultipleTimes', 'A device or module is there twice.');
  }
}

/** Undefined for what is no change of an identity. */
function toChange({ mode, definition, etag }: BulkRow): BulkChange | undefined {
  const action = importActionOf(mode);
  // Who asks for a match and names no tag gets none.
  const ifMatch = importModeMatchesTag(mode) ? (etag ?? '') : undefined;
  return action === undefined ? undefined : { action, definition, ifMatch };
}

function twinsNotServed(): HubError {
  return new HubError('FeatureNotSupported', 'Twins: not served by this hub yet.');
}

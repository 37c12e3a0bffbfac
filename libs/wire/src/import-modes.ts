/** What a row of a bulk request or of an import asks for (service-rest.md section 4). */
import type { IdentityDefinition } from './identity.js';

export const importModes = [
  'create',
  'createOrUpdate',
  'createOrUpdateIfMatchETag',
  'update',
  'updateIfMatchETag',
  'delete',
  'deleteIfMatchETag',
  'updateTwin',
  'updateTwinIfMatchETag',
] as const;

export type ImportMode = (typeof importModes)[number];

/** What becomes of the identity. */
export type BulkAction = 'create' | 'createOrUpdate' | 'update' | 'delete';

export interface BulkChange {
  readonly action: BulkAction;
  /** Of a deletion only the ids count. */
  readonly definition: IdentityDefinition;
  /** The tag that an identity which is there must have, `*` for any; undefined: whatever it has. */
  readonly ifMatch: string | undefined;
}

/** Of a row that names none. */
export const importModeDefault: ImportMode = 'createOrUpdate';

/** Undefined for what changes no identity but its twin. */
export function importActionOf(mode: ImportMode): BulkAction | undefined {
  return actions[mode];
}

/** Whether the entity tag of the row must fit the identity that is there, or its twin when that alone is to change. */
export function importModeMatchesTag(mode: ImportMode): boolean {
  return mode.endsWith('IfMatchETag');
}

/** Whether tags or properties hold more than `$metadata` and `$version`, which an exported twin always has. */
export function hasTwinContent(
  section: Readonly<Record<string, unknown>> | null | undefined,
): boolean {
  return Object.keys(section ?? {}).some((name) => !name.startsWith('$'));
}

const actions: Readonly<Record<ImportMode, BulkAction | undefined>> = {
  create: 'create',
  createOrUpdate: 'createOrUpdate',
  createOrUpdateIfMatchETag: 'createOrUpdate',
  update: 'update',
  updateIfMatchETag: 'update',
  delete: 'delete',
  deleteIfMatchETag: 'delete',
  updateTwin: undefined,
  updateTwinIfMatchETag: undefined,
};

/**
 * A row of `POST /devices` and of an import's blob, `ExportImportDevice` (service-rest.md sections 4
 * and 5), and what it asks of an identity.
 */
import { z } from 'zod';
import type { IdentityDefinition } from '../identity.js';
import { parseIfMatch } from '../if-match.js';
import {
  hasTwinContent,
  importActionOf,
  importModeDefault,
  importModeMatchesTag,
  importModes,
  type BulkChange,
  type ImportMode,
} from '../import-modes.js';
import { deviceSchema, toDeviceDefinition } from './device-json.js';
import { moduleIdText } from './identity-json.js';
import { anyCase, text } from './members.js';
import { toModuleDefinition } from './module-json.js';

export interface ImportRow {
  readonly mode: ImportMode;
  readonly definition: IdentityDefinition;
  /** Undefined when no identity is to change, but its twin. */
  readonly change: BulkChange | undefined;
  /** Whether it brings a twin that is more than that of a new identity. A deletion brings none. */
  readonly hasTwin: boolean;
  /** The entity tag that the twin must have, `*` for any; undefined: whatever it has. */
  readonly twinIfMatch: string | undefined;
}

/** What differs between the two kinds of rows. */
interface ImportRowOptions {
  /** Whether `attributes` are known: those of a request are from an api-version on. */
  readonly withAttributes: boolean;
  /** Whether `properties.reported` is part of the twin: a blob's rows restore it, a request's cannot. */
  readonly withReported: boolean;
}

const section = z.record(z.string(), z.unknown()).nullish();

/** What it calls `id`, a device calls `deviceId`. */
export const importRowSchema = deviceSchema.omit({ deviceId: true }).extend({
  id: z.string(),
  moduleId: moduleIdText,
  managedBy: text,
  eTag: text,
  /** As the explorer and the Node SDK spell it. */
  etag: text,
  twinETag: text,
  importMode: anyCase(importModes),
  tags: section,
  properties: z.object({ desired: section, reported: section }).nullish(),
});

export function toImportRow(
  row: z.output<typeof importRowSchema>,
  options: ImportRowOptions,
): ImportRow {
  const mode = row.importMode ?? importModeDefault;
  const action = importActionOf(mode);
  const definition = toDefinition(row, options);
  const { tags, properties, eTag, etag, twinETag } = row;
  const twin = [tags, properties?.desired, options.withReported ? properties?.reported : null];
  return {
    mode,
    definition,
    change: action && { action, definition, ifMatch: tagOf(mode, eTag ?? etag) },
    hasTwin: action !== 'delete' && twin.some(hasTwinContent),
    twinIfMatch: action === undefined ? tagOf(mode, twinETag) : undefined,
  };
}

function toDefinition(
  row: z.output<typeof importRowSchema>,
  options: ImportRowOptions,
): IdentityDefinition {
  const { id: deviceId, moduleId } = row;
  return moduleId === undefined
    ? toDeviceDefinition(deviceId, { ...row, deviceId }, options)
    : toModuleDefinition({ deviceId, moduleId }, { ...row, deviceId });
}

/** Read as the header is; who asks for a match and names no tag gets none. */
function tagOf(mode: ImportMode, tag: string | undefined): string | undefined {
  return importModeMatchesTag(mode) ? (parseIfMatch(tag) ?? '') : undefined;
}

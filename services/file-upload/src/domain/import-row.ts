/** Lines of `devices.txt` as they are imported (service-rest.md sections 4 and 5). */
import {
  hasTwinContent,
  importActionOf,
  importModeDefault,
  importModeMatchesTag,
  importModes,
  type AuthenticationType,
  type BulkAction,
  type HubErrorCode,
  type ImportMode,
} from '@linchpin/wire';
import { z } from 'zod';
import type { RowError } from './row-error.js';

/** What a row asks for; of a deletion only the ids count. */
export interface ImportRow {
  readonly mode: ImportMode;
  readonly action: BulkAction;
  /** The entity tag that an identity which is there must have; `*` fits all. */
  readonly ifMatch: string | undefined;
  readonly identity: ImportedIdentity;
  /** Whether it brings a twin that is more than that of a new identity. */
  readonly hasTwin: boolean;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);

const anyObject = z.record(z.string(), z.unknown()).nullish();

const rowSchema = z.object({
  id: z.string(),
  moduleId: text.transform((id) => (id === '' ? undefined : id)),
  eTag: text,
  etag: text,
  importMode: anyCase(importModes),
  status: anyCase(['enabled', 'disabled']),
  statusReason: text,
  authentication: z
    .object({
      type: anyCase(['sas', 'selfSigned', 'certificateAuthority', 'none'] as const),
      symmetricKey: z.object({ primaryKey: text, secondaryKey: text }).nullish(),
      x509Thumbprint: z.object({ primaryThumbprint: text, secondaryThumbprint: text }).nullish(),
    })
    .nullish(),
  tags: anyObject,
  properties: z.object({ desired: anyObject, reported: anyObject }).nullish(),
  capabilities: z.object({ iotEdge: z.boolean().nullish() }).nullish(),
  deviceScope: text,
  parentScopes: z.array(z.string()).nullish(),
  managedBy: text,
  attributes: anyObject,
});

type Row = z.output<typeof rowSchema>;

export interface ImportedIdentity {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly status: 'enabled' | 'disabled' | undefined;
  readonly statusReason: string | undefined;
  readonly authentication:
    | {
        readonly type: AuthenticationType | undefined;
        readonly primaryKey: string | undefined;
        readonly secondaryKey: string | undefined;
        readonly primaryThumbprint: string | undefined;
        readonly secondaryThumbprint: string | undefined;
      }
    | undefined;
  readonly iotEdge: boolean;
  readonly deviceScope: string | undefined;
  readonly parentScopes: readonly string[];
  readonly managedBy: string | undefined;
  readonly attributesJson: string | undefined;
}

/** Lines that begin otherwise are none: comments, blank lines. */
export function isRow(line: string): boolean {
  return line.startsWith('{');
}

export function parseRow(line: string): ImportRow | RowError {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return unreadable({}, 'DeserializationError', 'The line is not JSON.');
  }
  const result = rowSchema.safeParse(value);
  if (!result.success) {
    const [{ path, message } = { path: [], message: '' }] = result.error.issues;
    return unreadable(value, 'ArgumentInvalid', `${path.join('.') || 'The line'}: ${message}`);
  }
  const row = result.data;
  const mode = row.importMode ?? importModeDefault;
  const action = importActionOf(mode);
  if (action === undefined) {
    return unreadable(value, 'FeatureNotSupported', 'Twins are not served by this hub yet.');
  }
  const tag = row.eTag ?? row.etag;
  if (importModeMatchesTag(mode) && tag === undefined) {
    return unreadable(value, 'ArgumentInvalid', `The mode ${mode} needs an eTag.`);
  }
  return {
    mode,
    action,
    ifMatch: importModeMatchesTag(mode) ? tag : undefined,
    identity: toIdentity(row),
    hasTwin: action !== 'delete' && hasTwin(row),
  };
}

function toIdentity(row: Row): ImportedIdentity {
  const { authentication, attributes } = row;
  return {
    deviceId: row.id,
    moduleId: row.moduleId,
    status: row.status,
    statusReason: row.statusReason,
    authentication: authentication
      ? {
          type: authentication.type,
          primaryKey: authentication.symmetricKey?.primaryKey,
          secondaryKey: authentication.symmetricKey?.secondaryKey,
          primaryThumbprint: authentication.x509Thumbprint?.primaryThumbprint,
          secondaryThumbprint: authentication.x509Thumbprint?.secondaryThumbprint,
        }
      : undefined,
    iotEdge: row.capabilities?.iotEdge ?? false,
    deviceScope: row.deviceScope,
    parentScopes: row.parentScopes ?? [],
    managedBy: row.managedBy,
    attributesJson: attributes ? JSON.stringify(attributes) : undefined,
  };
}

function hasTwin({ tags, properties }: Row): boolean {
  return [tags, properties?.desired, properties?.reported].some(hasTwinContent);
}

/** As much of a name as a line of the error log repeats. */
const namedLengthMax = 128;

/** A row that cannot be applied tells of whom it speaks as far as that can be read. */
function unreadable(value: unknown, errorCode: HubErrorCode, errorStatus: string): RowError {
  const { id, moduleId, importMode } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const name = (member: unknown): string =>
    typeof member === 'string' ? member.slice(0, namedLengthMax) : '';
  return {
    deviceId: name(id),
    moduleId: name(moduleId),
    errorCode,
    errorStatus,
    operation: name(importMode),
  };
}

/** One of the values in any letter case, or nothing. */
function anyCase<Value extends string>(
  values: readonly Value[],
): z.ZodType<Value | undefined, string | null | undefined> {
  return z
    .string()
    .nullish()
    .transform((given, context) => {
      const found = values.find((value) => value.toLowerCase() === given?.toLowerCase());
      if (found === undefined && given != null) {
        context.addIssue(`must be one of ${values.join(', ')}`);
        return z.NEVER;
      }
      return found;
    });
}

/** The JSON of bulk requests and their results (service-rest.md sections 2.8 and 4). */
import {
  azureLimits,
  hasTwinContent,
  HubError,
  importModeDefault,
  importModes,
  parseIfMatch,
} from '@linchpin/wire';
import {
  anyCase,
  deviceSchema,
  moduleIdText,
  text,
  toDeviceDefinition,
  toModuleDefinition,
} from '@linchpin/wire/json';
import { z } from 'zod';
import type { BulkResult, BulkRow } from '../domain/apply-bulk-rows.js';
import { checkJson } from './json-body.js';

const object = z.record(z.string(), z.unknown()).nullish();

/** `ExportImportDevice`: what it calls `id`, a device calls `deviceId`. */
const rowSchema = deviceSchema.omit({ deviceId: true }).extend({
  id: z.string(),
  moduleId: moduleIdText,
  managedBy: text,
  eTag: text,
  /** As the explorer and the Node SDK spell it. */
  etag: text,
  importMode: anyCase(importModes),
  tags: object,
  properties: z.object({ desired: object, reported: object }).nullish(),
});

interface BulkJsonOptions {
  /** Whether the api-version of the request knows `attributes`. */
  readonly withAttributes: boolean;
}

/**
 * @throws HubError `DeserializationError` for what is no array, `TooManyDevices`, and `ArgumentInvalid`
 *   when a row is not of the form that rows have; what it says is the registry's to judge
 */
export function parseBulkRows(body: unknown, options: BulkJsonOptions): BulkRow[] {
  if (!Array.isArray(body)) {
    throw new HubError('DeserializationError', 'The body must be an array of devices.');
  }
  requireFew(body);
  return checkJson(body, z.array(rowSchema)).map((row) => toRow(row, options));
}

export function formatBulkResult({ failures, withoutTwin }: BulkResult): object {
  return {
    isSuccessful: failures.length === 0,
    errors: failures.map(({ row: { definition, mode }, error }) => ({
      deviceId: definition.deviceId,
      moduleId: definition.moduleId ?? '',
      errorCode: error.code,
      errorStatus: error.message,
      operation: mode,
    })),
    warnings: withoutTwin.map(({ definition: { deviceId, moduleId } }) => ({
      deviceId,
      warningCode: 'DeviceRegisteredWithoutTwin',
      warningStatus:
        `The twin of the ${moduleId === undefined ? 'device' : `module ${moduleId}`} was not ` +
        'written: twins are not served by this hub yet.',
    })),
  };
}

/** @throws HubError `TooManyDevices`, or `ArgumentInvalid` when there is none */
export function requireFew({ length }: readonly unknown[]): void {
  const { bulkRowsMax } = azureLimits;
  if (length > bulkRowsMax) {
    throw new HubError(
      'TooManyDevices',
      `${length} are more than the ${bulkRowsMax} of a request.`,
    );
  }
  if (length === 0) {
    throw new HubError('ArgumentInvalid', 'The request names no device.');
  }
}

function toRow(row: z.output<typeof rowSchema>, options: BulkJsonOptions): BulkRow {
  const { id: deviceId, moduleId } = row;
  return {
    mode: row.importMode ?? importModeDefault,
    definition:
      moduleId === undefined
        ? toDeviceDefinition(deviceId, { ...row, deviceId }, options)
        : toModuleDefinition({ deviceId, moduleId }, { ...row, deviceId }),
    etag: parseIfMatch(row.eTag ?? row.etag),
    hasTwin: [row.tags, row.properties?.desired].some(hasTwinContent),
  };
}

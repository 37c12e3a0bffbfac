/** The JSON of bulk requests and their results (service-rest.md sections 2.8 and 4). */
import { azureLimits, HubError } from '@linchpin/wire';
import { checkJson, importRowSchema, toImportRow, type ImportRow } from '@linchpin/wire/json';
import { z } from 'zod';
import type { BulkResult } from '../domain/apply-bulk-rows.js';

interface BulkJsonOptions {
  /** Whether the api-version of the request knows `attributes`. */
  readonly withAttributes: boolean;
}

/**
 * @throws HubError `DeserializationError` for what is no array, `TooManyDevices`, and `ArgumentInvalid`
 *   when a row is not of the form that rows have; what it says is the registry's to judge
 */
export function parseBulkRows(body: unknown, { withAttributes }: BulkJsonOptions): ImportRow[] {
  if (!Array.isArray(body)) {
    throw new HubError('DeserializationError', 'The body must be an array of devices.');
  }
  const rows = checkJson(requireFew(body), z.array(importRowSchema), 'The body');
  return rows.map((row) => toImportRow(row, { withAttributes, withReported: false }));
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
export function requireFew(rows: readonly unknown[]): readonly unknown[] {
  const { bulkRowsMax } = azureLimits;
  const { length } = rows;
  if (length > bulkRowsMax) {
    throw new HubError(
      'TooManyDevices',
      `${length} are more than the ${bulkRowsMax} of a request.`,
    );
  }
  if (length === 0) {
    throw new HubError('ArgumentInvalid', 'The request names no device.');
  }
  return rows;
}

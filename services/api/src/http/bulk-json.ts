/** The JSON of bulk requests and their results (service-rest.md sections 2.8 and 4). */
import assert from 'node:assert';
import { azureLimits, hasTwinContent, HubError, type DeviceIdentityId } from '@linchpin/wire';
import { checkJson, importRowSchema, toImportRow, type ImportRow } from '@linchpin/wire/json';
import { z } from 'zod';
import type { BulkResult, BulkRow } from '../domain/apply-bulk-rows.js';
import type { TwinChange } from '../domain/twins.js';
import type { JsonBody } from './json-body.js';
import { readElements } from './json-members.js';
import { readTwinSections } from './twin-json.js';

interface BulkJsonOptions {
  /** Whether the api-version of the request knows `attributes`. */
  readonly withAttributes: boolean;
}

/**
 * @throws HubError `DeserializationError` for what is no array, `TooManyDevices`, and `ArgumentInvalid`
 *   when a row is not of the form that rows have; what it says is the registry's to judge
 */
export function parseBulkRows(
  { text, value }: JsonBody,
  { withAttributes }: BulkJsonOptions,
): BulkRow[] {
  if (!Array.isArray(value)) {
    throw new HubError('DeserializationError', 'The body must be an array of devices.');
  }
  const bodies = checkJson(requireFew(value), z.array(importRowSchema), 'The body');
  const rows = bodies.map((row) => toImportRow(row, { withAttributes, withReported: false }));
  if (!rows.some(writesTwin)) {
    return rows.map((row) => ({ ...row, twin: undefined }));
  }
  const texts = readElements(text);
  return rows.map((row, index) => {
    const [body, json] = [bodies[index], texts[index]];
    assert(body !== undefined && json !== undefined, 'each row is of one element');
    return { ...row, twin: writesTwin(row) ? toTwinChange(body, row, json) : undefined };
  });
}

function writesTwin({ change, hasTwin }: ImportRow): boolean {
  return change === undefined || hasTwin;
}

/** A row that asks for the change of a twin is read as a PATCH of it; of another, what is empty says nothing. */
function toTwinChange(
  { tags, properties }: z.output<typeof importRowSchema>,
  { change, twinIfMatch }: ImportRow,
  json: string,
): TwinChange {
  const asPatch = { ...readTwinSections(json), mode: 'patch', ifMatch: twinIfMatch } as const;
  return change === undefined
    ? asPatch
    : {
        ...asPatch,
        tagsJson: hasTwinContent(tags) ? asPatch.tagsJson : undefined,
        desiredJson: hasTwinContent(properties?.desired) ? asPatch.desiredJson : undefined,
      };
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
    warnings: withoutTwin.map(({ row: { definition }, error }) => ({
      deviceId: definition.deviceId,
      warningCode: 'DeviceRegisteredWithoutTwin',
      warningStatus: `The twin of the ${kindOf(definition)} was not written: ${error.message}`,
    })),
  };
}

function kindOf({ moduleId }: DeviceIdentityId): string {
  return moduleId === undefined ? 'device' : `module ${moduleId}`;
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

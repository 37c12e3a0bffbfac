/** Lines of `devices.txt` as they are imported (service-rest.md section 5). */
import { HubError, type BulkChange, type HubErrorCode } from '@linchpin/wire';
import { checkJson, importRowSchema, toImportRow, type ImportRow } from '@linchpin/wire/json';
import type { RowError } from './row-error.js';

/** A row that asks for the change of an identity. */
export type ImportedRow = ImportRow & { readonly change: BulkChange };

/** Lines that begin otherwise are none: comments, blank lines. */
export function isRow(line: string): boolean {
  return line.startsWith('{');
}

export function parseRow(line: string): ImportedRow | RowError {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return refusedLine({}, 'DeserializationError', 'The line is not JSON.');
  }
  try {
    return requireChange(
      toImportRow(checkJson(value, importRowSchema, 'The line'), {
        withAttributes: true,
        withReported: true,
      }),
    );
  } catch (error) {
    if (error instanceof HubError) {
      return refusedLine(value, error.code, error.message);
    }
    throw error;
  }
}

function requireChange({ change, ...row }: ImportRow): ImportedRow {
  if (change === undefined) {
    throw new HubError('FeatureNotSupported', 'Import jobs do not write twins yet.');
  }
  return { ...row, change };
}

/** A row that cannot be applied tells of whom it speaks as far as that can be read. */
function refusedLine(value: unknown, errorCode: HubErrorCode, errorStatus: string): RowError {
  const { id, moduleId, importMode } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const name = (member: unknown): string => (typeof member === 'string' ? member : '');
  return {
    deviceId: name(id),
    moduleId: name(moduleId),
    errorCode,
    errorStatus,
    operation: name(importMode),
  };
}

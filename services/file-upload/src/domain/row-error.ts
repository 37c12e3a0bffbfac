/** What `importErrors.log` says of a row, one JSON object for each line (service-rest.md sections 4, 5). */
import type { HubErrorCode } from '@linchpin/wire';
import type { ImportRow } from '@linchpin/wire/json';

export interface RowError {
  readonly deviceId: string;
  /** Empty for a device. */
  readonly moduleId: string;
  readonly errorCode: string;
  readonly errorStatus: string;
  /** The mode of the row. */
  readonly operation: string;
}

export function isRowError(row: object): row is RowError {
  return 'errorCode' in row;
}

export function refusedRow(row: ImportRow, errorCode: string, errorStatus: string): RowError {
  const { deviceId, moduleId = '' } = row.definition;
  return { deviceId, moduleId, errorCode, errorStatus, operation: row.mode };
}

/** The row was applied but for its twin, which would be lost in silence otherwise. */
export function twinLeftOut(row: ImportRow): RowError {
  return refusedRow(
    row,
    'FeatureNotSupported' satisfies HubErrorCode,
    'The identity was imported without its twin: twins are not served by this hub yet.',
  );
}

export function longLine(lengthMax: number): RowError {
  return {
    deviceId: '',
    moduleId: '',
    errorCode: 'ArgumentInvalid' satisfies HubErrorCode,
    errorStatus: `A line has ${lengthMax} bytes at most.`,
    operation: '',
  };
}

/** @param line counted from 1 */
export function formatRowError(error: RowError, line: number): string {
  return `${JSON.stringify({ ...error, line })}\n`;
}

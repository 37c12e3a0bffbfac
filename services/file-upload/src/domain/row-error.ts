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
    'The identity was imported without its twin: import jobs do not write twins yet.',
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

/** As much of a name as a line of the error log repeats; the longest that is valid. */
const namedLengthMax = 128;
const statusLengthMax = 512;

/** @param line counted from 1 */
export function formatRowError(error: RowError, line: number): string {
  const { errorCode } = error;
  const deviceId = error.deviceId.slice(0, namedLengthMax);
  const moduleId = error.moduleId.slice(0, namedLengthMax);
  const operation = error.operation.slice(0, namedLengthMax);
  const errorStatus = error.errorStatus.slice(0, statusLengthMax);
  return `${JSON.stringify({ deviceId, moduleId, errorCode, errorStatus, operation, line })}\n`;
}

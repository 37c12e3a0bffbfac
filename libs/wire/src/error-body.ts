/**
 * What a client sees of an error (service-rest.md section 1.6). Two shapes exist, and the SDKs need
 * the one that Azure sends on the same path:
 * - legacy, for `/devices`, `/configurations`, `/jobs`, `/statistics` and every failed authorisation;
 * - nested, for `/twins`, `/digitaltwins` and `/jobs/v2`: JSON within the text of `Message`.
 */
import { formatIsoTime } from './dotnet-time.js';
import type { HubError, HubErrorDetails } from './hub-error.js';

interface ErrorBody {
  readonly Message: string;
  readonly ExceptionMessage: string;
}

/** The body of a failed twin request over MQTT; also what the nested shape and AMQP carry as text. */
interface ErrorReport {
  readonly errorCode: number;
  readonly trackingId: string;
  readonly message: string;
  readonly info: HubErrorDetails | null;
  readonly timestampUtc: string;
}

/** Finds the failed request again in the log. */
interface ErrorOccurrence {
  /** 32 hexadecimal digits, random. */
  readonly id: string;
  readonly time: Date;
}

export function legacyErrorBody(error: HubError, occurrence: ErrorOccurrence): ErrorBody {
  return {
    Message: `ErrorCode:${error.code};${inOnePart(error.message)}`,
    ExceptionMessage: `Tracking ID:${formatTrackingId(occurrence)}`,
  };
}

export function nestedErrorBody(error: HubError, occurrence: ErrorOccurrence): ErrorBody {
  return { Message: JSON.stringify(errorReport(error, occurrence)), ExceptionMessage: '' };
}

export function errorReport(error: HubError, occurrence: ErrorOccurrence): ErrorReport {
  return {
    errorCode: error.number,
    trackingId: formatTrackingId(occurrence),
    message: inOnePart(error.message),
    info: error.details ?? null,
    timestampUtc: formatIsoTime(occurrence.time),
  };
}

/** The Node SDK shows what stands between the first semicolon and the second. */
function inOnePart(message: string): string {
  return message.replaceAll(';', ',');
}

/** `{id}-G:{n}-TimeStamp:07/16/2026 00:12:41`. Azure's `G` numbers a gateway; ours have names, so 0. */
export function formatTrackingId({ id, time }: ErrorOccurrence): string {
  const iso = time.toISOString();
  const date = `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)}`;
  return `${id}-G:0-TimeStamp:${date} ${iso.slice(11, 19)}`;
}

import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { errorTable, HubError, isHubErrorCode, type HubErrorDetails } from '@linchpin/wire';

/** What a gRPC server sends for a failed call. */
export interface GrpcFailure {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/**
 * Trailing metadata that carries a HubError exactly, since gRPC's own codes are coarser: a JSON
 * object {code, message, retryAfterMs?, details?, cause?}. The `-bin` suffix lets it hold any text.
 */
const trailer = 'hub-error-bin';

/** Of a cause, which may quote what a client has sent. */
const causeLengthMax = 256;

/**
 * An error that is no HubError tells the caller nothing of its text. Why a credential was refused is told:
 * the caller logs it with what it alone knows of the request, and shows it to nobody.
 */
export function toGrpcFailure(error: unknown): GrpcFailure {
  const hubError =
    error instanceof HubError ? error : new HubError('ServerError', 'Internal error.');
  const { code, message, retryAfterMs, details, httpStatus, causeText } = hubError;
  const cause = httpStatus === 401 ? causeText?.slice(0, causeLengthMax) : undefined;
  const carried: CarriedError = { code, message, retryAfterMs, details, cause };
  const metadata = new Metadata();
  metadata.set(trailer, Buffer.from(JSON.stringify(carried)));
  return { code: status[errorTable[code].grpc], details: message, metadata };
}

/** Rebuilds the callee's HubError; a call that got no answer becomes one that says so. */
export function fromServiceError(error: ServiceError): HubError {
  const carried = error.metadata.get(trailer)[0];
  if (Buffer.isBuffer(carried)) {
    const rebuilt = parseTrailer(carried);
    if (rebuilt !== undefined) {
      return rebuilt;
    }
  }
  switch (error.code) {
    // CANCELLED by the callee, which ends before its calls do.
    case status.CANCELLED:
    case status.UNAVAILABLE:
      return new HubError('ServiceUnavailable', 'A service does not answer; try again.', {
        cause: error,
      });
    case status.DEADLINE_EXCEEDED:
      return new HubError('GenericTimeout', 'A service did not answer in time.', { cause: error });
    default:
      return new HubError('ServerError', 'Internal error.', { cause: error });
  }
}

interface CarriedError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly retryAfterMs?: unknown;
  readonly details?: unknown;
  readonly cause?: unknown;
}

function parseCarried(carried: Buffer): CarriedError {
  try {
    return JSON.parse(carried.toString()) as CarriedError;
  } catch {
    return {};
  }
}

function parseTrailer(carried: Buffer): HubError | undefined {
  const { code, message, retryAfterMs, details, cause } = parseCarried(carried);
  // A newer peer may know a code that we don't; gRPC's own code decides then.
  if (typeof code !== 'string' || !isHubErrorCode(code)) {
    return undefined;
  }
  return new HubError(code, String(message), {
    // The call's own error would only repeat the message.
    ...(typeof cause === 'string' && { cause: new Error(cause) }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...(typeof details === 'object' && details !== null && { details: details as HubErrorDetails }),
  });
}

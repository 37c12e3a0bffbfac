/** What the log says of something that failed. */
import { HubError } from '@linchpin/wire';

export function failureFields(failure: unknown): object {
  if (failure === undefined) {
    return {};
  }
  const reasonCause = failure instanceof HubError ? failure.causeText : undefined;
  return { errorCode: nameOf(failure), reason: messageOf(failure), reasonCause };
}

export function nameOf(error: unknown): string {
  if (error instanceof HubError) {
    return error.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * The one error that crosses module, process and protocol borders (service-rest.md section 15). The
 * domain throws it; each protocol folder turns it into its own form by reading `errorTable`.
 */
import { errorTable, httpStatusOf, type HubErrorCode } from './error-table.js';

interface HubErrorOptions {
  /** What was caught; logged, never shown to a client. */
  readonly cause?: unknown;
  /** When the same request may succeed; set only where the hub knows it. */
  readonly retryAfterMs?: number;
  /** Facts for programs, shown to the client as `info` of the nested error body. */
  readonly details?: HubErrorDetails;
}

export type HubErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/**
 * `message` is shown to the client: it says what is wrong and what is allowed, and holds no secret.
 * A broken invariant of our own is not a HubError but a failed assertion.
 */
export class HubError extends Error {
  override readonly name = 'HubError';
  readonly code: HubErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly details: HubErrorDetails | undefined;

  constructor(code: HubErrorCode, message: string, options: HubErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  /** Azure's six digits; the first three are the HTTP status. */
  get number(): number {
    return errorTable[this.code].number;
  }

  get httpStatus(): number {
    return httpStatusOf(this.code);
  }

  /** What lies deepest of its causes, for the log; undefined when there is none that has words. */
  get causeText(): string | undefined {
    let text: string | undefined;
    let { cause } = this;
    while (cause instanceof Error) {
      ({ message: text, cause } = cause);
    }
    return typeof cause === 'string' ? cause : text;
  }
}

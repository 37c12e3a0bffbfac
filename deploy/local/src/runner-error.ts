/**
 * Everything that can go wrong for the person at the keyboard: what is wrong, and what to do about
 * it. A command prints both as one sentence and ends with exit code 1; any other error is a fault
 * of the runner and is printed with its stack.
 */
export class RunnerError extends Error {
  override readonly name = 'RunnerError';
  readonly remedy: string;

  /** `message` says what is wrong, `remedy` what to do; both are sentences. */
  constructor(message: string, remedy: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.remedy = remedy;
  }

  /** The sentence that the person reads; after quoted lines the remedy begins a line of its own. */
  get advice(): string {
    return `${this.message}${this.message.endsWith('\n') ? '' : ' '}${this.remedy}`;
  }
}

import type { AmqpError } from '../performatives/error.js';
import type { Open } from '../performatives/open.js';
import type { SaslInit } from '../performatives/sasl.js';
import type { LinkOwner } from './session.js';

/** Where the bytes go. */
export interface Transport {
  write(parts: readonly Buffer[]): void;
  /** Nothing more is written; what was written is still to go out. */
  end(): void;
  /** There is something to flush; said once, until it is flushed. */
  flushWanted(): void;
}

/** Who decides about a connection, and hears what becomes of it. */
export interface ConnectionHandlers extends LinkOwner {
  /** To be answered with `answerSasl`, now or later. What else comes waits for that. */
  onSaslInit(init: SaslInit): void;
  /** The client opened the connection, and has its answer. */
  onOpen(open: Open): void;
  /** Something failed that is not the client's fault, such as a handler: the connection ends. */
  onFault(error: unknown): void;
  /** No frame will come, or be written. Links that were attached have been told before. */
  onClosed(error: AmqpError | null): void;
}

import type { MessageProperty } from '@linchpin/wire';
import type { DeviceSession } from './device-session.js';
import type { Receipt, TelemetryLog, TelemetryMessage, TelemetryStream } from './telemetry-log.js';

interface Stored {
  readonly session: DeviceSession;
  readonly body: Buffer;
  readonly properties: readonly MessageProperty[];
}

/** Stores at once, or when it is told to. */
export class FakeTelemetryLog implements TelemetryLog {
  readonly stored: Stored[] = [];
  readonly waiting: { readonly message: Stored; readonly receipt: Receipt }[] = [];
  isFull = false;
  isOverfull = false;
  /** Of any hub. */
  isHubOverfull = false;
  /** While it is held, messages wait for `settle`. */
  isHeld = false;

  get bodies(): string[] {
    return this.stored.map(({ body }) => body.toString());
  }

  open(session: DeviceSession): TelemetryStream {
    const isHubOverfull = (): boolean => this.isHubOverfull;
    return {
      get isOverfull() {
        return isHubOverfull();
      },
      append: ({ body, message: { properties } }: TelemetryMessage, receipt: Receipt) => {
        // Copied: what the socket gave may be used again.
        this.waiting.push({ message: { session, body: Buffer.from(body), properties }, receipt });
        if (!this.isHeld) {
          setImmediate(() => {
            this.settle();
          });
        }
      },
    };
  }

  /** Decides what became of the oldest messages, or of all that wait. */
  settle(count = this.waiting.length, error?: Error): void {
    for (const { message, receipt } of this.waiting.splice(0, count)) {
      if (error === undefined) {
        this.stored.push(message);
      }
      receipt.settle(error);
    }
  }
}

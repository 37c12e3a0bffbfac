import type { MessageProperties } from '@linchpin/wire';
import type { DeviceSession } from './device-session.js';

/** What a device sent, as the hub stores it. */
export interface TelemetryMessage {
  readonly body: Buffer;
  readonly message: MessageProperties;
}

/** Hears once what became of a message; messages of one stream are settled in their order. */
export interface Receipt {
  /** Without an error the message is stored durably; with one it never will be. */
  settle(error: Error | undefined): void;
}

/** The way of one session's messages into the log. */
export interface TelemetryStream {
  append(message: TelemetryMessage, receipt: Receipt): void;

  /** So much of its hub waits that no more of it may be taken on: messages end their session. */
  readonly isOverfull: boolean;
}

/** Where telemetry is stored. */
export interface TelemetryLog {
  open(session: DeviceSession): TelemetryStream;

  /** More waits to be stored than should: whoever has something waiting is read no further. */
  readonly isFull: boolean;

  /** So much waits in all that no more may be taken on: sessions are refused. */
  readonly isOverfull: boolean;
}

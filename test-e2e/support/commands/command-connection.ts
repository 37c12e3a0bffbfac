/** One connection of a device that takes commands, and what came on it, whatever the protocol. */

/** What a device says of a command; undefined: nothing. */
export type Answer = 'complete' | 'reject' | 'abandon' | undefined;

/** A command as it came on one connection. */
export interface Delivery {
  readonly id: string;
  readonly connection: CommandConnection;
  /** Once it has been given. */
  answer: Answer;
  /** The gateway is known to have read the answer. */
  isConfirmed: boolean;
}

export interface CommandConnection {
  readonly deliveries: readonly Delivery[];
  readonly isOpen: boolean;
  readonly ended: Promise<void>;
  /** As `performance.now()` tells it. */
  readonly endedMs: number;
  /** What it has answered so far the gateway has read, if the connection lives so long. */
  confirm(): Promise<void>;
  /** Without a word. */
  drop(): void;
}

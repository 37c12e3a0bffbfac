/** What a server tells its clients and holds them to. */
export interface ConnectionSettings extends ConnectionLimits {
  readonly containerId: string;
  readonly hostname: string;
  /** In the order of preference. */
  readonly saslMechanisms: readonly string[];
}

export interface ConnectionLimits {
  readonly maxFrameSize: number;
  readonly channelMax: number;
  readonly handleMax: number;
  /** How many transfer frames of a session may be on their way to us. */
  readonly incomingWindow: number;
  /** The client is to say something within this time; it is given twice as much. */
  readonly idleTimeOutMs: number;
  /** How long we wait for the answer to our `close`. */
  readonly closeTimeOutMs: number;
  readonly maxMessageSize: number;
  /** Of sessions and links, with all that links were attached with. */
  readonly endpointBytesMax: number;
  /** So much of it is not told as kept: each connection may have it, and takes as much for itself. */
  readonly endpointBytesFree: number;
  /** Of what we send: when so many deliveries wait for their outcome, no credit counts. */
  readonly unsettledPerSessionMax: number;
  /**
   * Of messages whose last frame has not come, transfers that came before their link was accepted, and
   * messages for a client that are not written yet. From half of it on no credit counts.
   */
  readonly waitingBytesMax: number;
}

/** The first five are what Azure's servers tell (amqp.md §3). */
export const defaultLimits: ConnectionLimits = {
  maxFrameSize: 65_536,
  channelMax: 8_191,
  handleMax: 262_143,
  incomingWindow: 5_000,
  idleTimeOutMs: 240_000,
  closeTimeOutMs: 10_000,
  maxMessageSize: 1_048_576,
  endpointBytesMax: 16_777_216,
  endpointBytesFree: 32_768,
  unsettledPerSessionMax: 2_048,
  waitingBytesMax: 4_194_304,
};

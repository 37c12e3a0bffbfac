/** Why a WebSocket is ended (RFC 6455 section 7.4.1). */
export const closeCodes = {
  normal: 1000,
  protocolError: 1002,
  unsupportedData: 1003,
  invalidData: 1007,
} as const;

/** The client broke the rules of WebSockets: it is told by the code, and its connection ends. */
export class WebSocketFault extends Error {
  override readonly name = 'WebSocketFault';

  constructor(
    readonly closeCode: number,
    message: string,
  ) {
    super(message);
  }
}

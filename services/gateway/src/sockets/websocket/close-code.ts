import { isUtf8 } from 'node:buffer';
import { closeCodes, WebSocketFault } from './websocket-fault.js';

/**
 * Why the client closes (RFC 6455 section 5.5.1), by the payload of its close frame. One without a code is as good.
 *
 *     payload = [ code reason ]       2 bytes; UTF-8
 *
 * @throws WebSocketFault for a payload that must not be sent
 */
export function decodeCloseCode(payload: Buffer): number | undefined {
  if (payload.length === 0) {
    return undefined;
  }
  const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
  if (!isForFrames(code)) {
    throw new WebSocketFault(closeCodes.protocolError, 'a close frame without a valid code');
  }
  if (!isUtf8(payload.subarray(2))) {
    throw new WebSocketFault(closeCodes.invalidData, 'a close frame whose reason is not UTF-8');
  }
  return code;
}

/** The payload that tells it. */
export function encodeCloseCode(code: number | undefined): Buffer {
  return code === undefined ? Buffer.alloc(0) : Buffer.of(code >> 8, code & 0xff);
}

/** RFC 6455 section 7.4.2 and the registry at IANA; the rest is reserved, or told by no frame. */
function isForFrames(code: number): boolean {
  return (
    (code >= 1000 && code <= 1003) ||
    (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999)
  );
}

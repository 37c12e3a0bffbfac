/**
 * Names of locks on messages and feedback: 16 bytes, which AMQP carries as a delivery tag and HTTPS as the text of a
 * GUID. Bytes are in .NET's order (amqp.md section 6.2): the first three fields of the text stand there backwards.
 */

/** Where each byte of the text stands; it is its own inverse. */
const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** @param bytes 16 of them */
export function formatLockToken(bytes: Uint8Array): string {
  const hex = reorder(bytes).toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** In any letter case, with quotes or without; undefined for what names no lock. */
export function parseLockToken(text: string): Buffer | undefined {
  const [, guid] = /^"?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})"?$/i.exec(text) ?? [];
  return guid === undefined ? undefined : reorder(Buffer.from(guid.replaceAll('-', ''), 'hex'));
}

function reorder(bytes: Uint8Array): Buffer {
  return Buffer.from(order.map((place) => bytes[place] ?? 0));
}

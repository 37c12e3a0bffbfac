/** Lock tokens are 16 bytes everywhere but in PostgreSQL, which has a type of its own for them. */

export function toBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

/** @param bytes 16 of them */
export function toUuid(bytes: Buffer): string {
  return bytes.toString('hex');
}

/** What a peer wants to speak next (AMQP 1.0 part 2, section 2.2, and part 5, section 5.3.2). */
export const protocolHeaders = {
  amqp: Buffer.from('AMQP\x00\x01\x00\x00', 'latin1'),
  sasl: Buffer.from('AMQP\x03\x01\x00\x00', 'latin1'),
} as const;

/** @returns undefined for whatever we do not speak: TLS within the connection, other versions, no AMQP */
export function protocolOf(header: Buffer): 'amqp' | 'sasl' | undefined {
  if (header.equals(protocolHeaders.amqp)) {
    return 'amqp';
  }
  return header.equals(protocolHeaders.sasl) ? 'sasl' : undefined;
}

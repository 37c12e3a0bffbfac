import { ticksToFileTime } from '@linchpin/wire';

/**
 * Of a connection-state event, and of the connection that began with it (events-monitoring.md section 1.3): 16 zeros,
 * when the identity was created (a FILETIME, 16 digits), the epoch of the data set (8), the identity's counter (24).
 */
export function formatSequenceNumber(generationId: string, epoch: string, counter: string): string {
  const hex = (value: bigint, digits: number): string =>
    value.toString(16).toUpperCase().padStart(digits, '0');
  return (
    hex(0n, 16) +
    hex(ticksToFileTime(BigInt(generationId)), 16) +
    hex(BigInt(epoch), 8) +
    hex(BigInt(counter), 24)
  );
}

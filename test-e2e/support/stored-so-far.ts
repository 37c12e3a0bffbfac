/** Proves that a message was not stored: what is sent behind it is stored, and it is not before that. */
import { randomUUID } from 'node:crypto';
import { eventsTopic, open } from './device-client.js';
import type { KafkaReader, StoredMessage } from './kafka-reader.js';
import type { TestIdentity } from './registry.js';

/** All that the reader has of the device when a last message has come, which takes its connection. */
export async function storedSoFar(
  reader: KafkaReader,
  identity: TestIdentity,
): Promise<StoredMessage[]> {
  const mark = Buffer.from(randomUUID());
  const isMark = ({ value }: StoredMessage): boolean => value.equals(mark);
  const client = await open(identity);
  await client.publish(eventsTopic(identity), mark, 1);
  await client.disconnect();
  await reader.waitUntil(() => reader.of(identity.deviceId).some(isMark));
  const stored = reader.of(identity.deviceId);
  return stored.slice(0, stored.findIndex(isMark));
}

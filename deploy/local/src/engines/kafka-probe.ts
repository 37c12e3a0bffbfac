/**
 * Whether Kafka can be worked with: it names a broker (until that has caught up with the
 * controller, requests stay unanswered), and it hands out producer ids. The first of those after a
 * start is refused with COORDINATOR_LOAD_IN_PROGRESS while the broker fetches a block of them; so
 * this question also spares the first service that refusal.
 * Layouts: https://kafka.apache.org/protocol, Metadata version 1 and InitProducerId version 0.
 */
import type { Probe } from '../supervisor/plan.js';
import { exchange, type Endpoint } from './exchange.js';

const metadataKey = 3;
const initProducerIdKey = 22;

export function kafkaProbe(endpoint: Endpoint): Probe {
  const question = Buffer.concat([
    // No topics: version 1 lists none for an empty array.
    encodeRequest(metadataKey, 1, int32(0)),
    // No transactional id; a time-out that counts only with one.
    encodeRequest(initProducerIdKey, 0, Buffer.concat([int16(-1), int32(1_000)])),
  ]);
  return async (signal) => {
    const isComplete = (answer: Buffer): boolean => splitFrames(answer).length === 2;
    const answer = await exchange(endpoint, signal, question, isComplete);
    const [metadata, producerId] = splitFrames(answer);
    // After the correlation id: the number of brokers.
    if (metadata?.readInt32BE(4) === 0) {
      throw new Error('it knows no broker yet');
    }
    // After the correlation id and the throttle time: the error code.
    if (producerId?.readInt16BE(8) !== 0) {
      throw new Error('it hands out no producer ids yet');
    }
  };
}

/** Size, api key, version, correlation id, client id, body. */
function encodeRequest(apiKey: number, version: number, body: Buffer): Buffer {
  const clientId = Buffer.from('linchpin-runner');
  const request = Buffer.concat([
    int16(apiKey),
    int16(version),
    int32(apiKey),
    int16(clientId.length),
    clientId,
    body,
  ]);
  return Buffer.concat([int32(request.length), request]);
}

/** The whole responses in what has come so far, without their sizes. */
function splitFrames(bytes: Buffer): readonly Buffer[] {
  if (bytes.length < 4 || bytes.length < 4 + bytes.readInt32BE(0)) {
    return [];
  }
  const end = 4 + bytes.readInt32BE(0);
  return [bytes.subarray(4, end), ...splitFrames(bytes.subarray(end))];
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

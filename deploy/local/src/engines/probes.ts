/** Questions that tell whether something answers: the smallest exchange that proves it works. */
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Probe } from '../supervisor/plan.js';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Something accepts connections there; all that is asked of an engine that was given. */
export function tcpProbe(endpoint: Endpoint): Probe {
  return async (signal) => (await exchange(endpoint, signal)) !== undefined;
}

/** A service says itself that it is ready: 200 on /healthz/ready. */
export function readinessProbe(endpoint: Endpoint): Probe {
  return async (signal) =>
    new Promise((resolve, reject) => {
      const { host, port } = endpoint;
      const question = request(
        { host, port, path: '/healthz/ready', agent: false, signal },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode === 200);
        },
      );
      question.once('error', reject);
      question.end();
    });
}

/** Redis takes the password and answers a PING; while it loads its file it answers otherwise. */
export function redisProbe(endpoint: Endpoint, password: string): Probe {
  const question = Buffer.from(`AUTH ${password}\r\nPING\r\n`);
  const isAnswered = (answer: Buffer): boolean =>
    answer.toString('latin1').split('\r\n').length > 2;
  return async (signal) => {
    const answer = await exchange(endpoint, signal, question, isAnswered);
    return answer?.toString('latin1') === '+OK\r\n+PONG\r\n';
  };
}

/**
 * Kafka answers a Metadata request (version 1, no topics) and knows a broker. Until the broker has
 * caught up with the controller, it accepts connections and leaves requests unanswered.
 */
export function kafkaProbe(endpoint: Endpoint): Probe {
  const isAnswered = (answer: Buffer): boolean =>
    answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0);
  return async (signal) => {
    const answer = await exchange(endpoint, signal, metadataRequest(), isAnswered);
    // size, correlation id, then the number of brokers
    return answer !== undefined && answer.length >= 12 && answer.readInt32BE(8) > 0;
  };
}

/** https://kafka.apache.org/protocol: size, api key 3, version 1, correlation id, client id, topics. */
function metadataRequest(): Buffer {
  const clientId = Buffer.from('linchpin-runner');
  const frame = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4);
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt16BE(3, 4);
  frame.writeInt16BE(1, 6);
  frame.writeInt32BE(1, 8);
  frame.writeInt16BE(clientId.length, 12);
  clientId.copy(frame, 14);
  // no topics: version 1 lists none for an empty array
  frame.writeInt32BE(0, 14 + clientId.length);
  return frame;
}

/**
 * Sends `question` and gathers what comes until `isComplete`. Without a question the answer is
 * empty as soon as the connection stands. @returns nothing when it never stood or broke off
 */
async function exchange(
  { host, port }: Endpoint,
  signal: AbortSignal,
  question?: Buffer,
  isComplete: (answer: Buffer) => boolean = () => true,
): Promise<Buffer | undefined> {
  const socket = connect({ host, port });
  const stop = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await readAnswer(socket, question, isComplete);
  } finally {
    signal.removeEventListener('abort', stop);
    socket.destroy();
  }
}

async function readAnswer(
  socket: Socket,
  question: Buffer | undefined,
  isComplete: (answer: Buffer) => boolean,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    socket.once('connect', () => {
      if (question === undefined) {
        resolve(answer);
      } else {
        socket.write(question);
      }
    });
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (isComplete(answer)) {
        resolve(answer);
      }
    });
    socket.once('error', () => {
      resolve(undefined);
    });
    socket.once('close', () => {
      resolve(undefined);
    });
  });
}

/** One question and its answer over a TCP connection of its own. */
import { connect, type Socket } from 'node:net';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * Sends `question` and gathers what comes until `isComplete`. Without a question the answer is
 * empty as soon as the connection stands. Rejects when it never stands or breaks off.
 */
export async function exchange(
  { host, port }: Endpoint,
  signal: AbortSignal,
  question?: Buffer,
  isComplete: (answer: Buffer) => boolean = () => true,
): Promise<Buffer> {
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
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
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
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('it closed the connection'));
    });
  });
}

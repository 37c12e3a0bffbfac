/** Questions that tell whether something answers: the smallest exchange that proves it works. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:tls';
import type { Probe } from '../supervisor/plan.js';
import { exchange, type Endpoint } from './exchange.js';

/** As much as a line on the console may quote. */
const reasonLengthMax = 500;

/** Something accepts connections there; all that is asked of an engine that was given. */
export function tcpProbe(endpoint: Endpoint): Probe {
  return async (signal) => {
    await exchange(endpoint, signal);
  };
}

/** A TLS handshake is completed there: what listens passes connections on to whoever has the certificate. */
export function tlsProbe({ host, port }: Endpoint, authority: string): Probe {
  return async (signal) => {
    const socket = connect({ host, port, ca: authority });
    const stop = (): void => {
      socket.destroy();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      await once(socket, 'secureConnect');
    } finally {
      signal.removeEventListener('abort', stop);
      socket.destroy();
    }
  };
}

/** A service says itself that it is ready: 200 on /healthz/ready; if not, it says why. */
export function readinessProbe(endpoint: Endpoint): Probe {
  return async (signal) =>
    new Promise((resolve, reject) => {
      const { host, port } = endpoint;
      const question = request(
        { host, port, path: '/healthz/ready', agent: false, signal },
        (answer) => {
          let said = '';
          answer.on('data', (chunk: Buffer) => {
            said = (said + chunk.toString()).slice(0, reasonLengthMax);
          });
          answer.once('error', reject);
          answer.once('end', () => {
            if (answer.statusCode === 200) {
              resolve();
            } else {
              reject(new Error(said.trim()));
            }
          });
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
    if (answer.toString('latin1') !== '+OK\r\n+PONG\r\n') {
      throw new Error(`it says ${answer.toString('latin1').trim()}`);
    }
  };
}

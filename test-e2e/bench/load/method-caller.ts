import { Agent, request } from 'node:https';
import { headersFor } from '../../support/registry.js';
import { hub } from '../../support/hub.js';

const body = JSON.stringify({ methodName: 'bench', payload: { number: 1 } });

/** A back end that calls methods over so many connections, which stay open. */
export class MethodCaller {
  readonly #agent: Agent;
  readonly #headers = { ...headersFor(hub), 'Content-Length': String(body.length) };

  constructor(connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca: hub.authority });
  }

  /** @returns the milliseconds until the answer. @throws Error for another answer than 200 */
  call(deviceId: string): Promise<number> {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: hub.host, agent: this.#agent, method: 'POST', headers: this.#headers },
          path: `/twins/${deviceId}/methods?api-version=2021-04-12`,
        },
        (answer) => {
          answer.resume();
          answer.once('end', () => {
            if (answer.statusCode === 200) {
              resolve(performance.now() - began);
            } else {
              const code = String(answer.headers['iothub-errorcode']);
              reject(new Error(`a method was answered with ${answer.statusCode} ${code}`));
            }
          });
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

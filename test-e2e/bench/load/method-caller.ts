import { ApiConnection } from './api-connection.js';

const body = JSON.stringify({ methodName: 'bench', payload: { number: 1 } });

/** A back end that calls methods over so many connections, which stay open. */
export class MethodCaller {
  readonly #free: ApiConnection[] = [];
  readonly #waiting: ((connection: ApiConnection) => void)[] = [];

  private constructor(private readonly connections: readonly ApiConnection[]) {
    this.#free.push(...connections);
  }

  static async open(connections: number): Promise<MethodCaller> {
    return new MethodCaller(
      await Promise.all(Array.from({ length: connections }, () => ApiConnection.open())),
    );
  }

  /** @returns the milliseconds until the answer. @throws Error for another answer than 200 */
  async call(deviceId: string): Promise<number> {
    const began = performance.now();
    const connection = this.#free.pop() ?? (await this.#nextFree());
    await connection.post(`/twins/${deviceId}/methods`, body, 200);
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#free.push(connection);
    } else {
      next(connection);
    }
    return performance.now() - began;
  }

  close(): void {
    for (const connection of this.connections) {
      connection.close();
    }
  }

  #nextFree(): Promise<ApiConnection> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}

import assert from 'node:assert';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from './answer.js';
import type { FoundOperation } from './find-operation.js';
import { administrationOperations, serviceOperations, type Operation } from './operations.js';

/** A controller's method, with its parameters and the answer to what it throws. */
type OperationHandler = (
  request: RequestWithParameters,
  response: ServerResponse,
  next: () => void,
) => Promise<unknown>;

/** Where `@Param()` looks. */
interface RequestWithParameters extends IncomingMessage {
  params?: Readonly<Record<string, string>>;
}

type OperationKey = Pick<Operation, 'method' | 'path'>;

/**
 * Which controller serves which operation. Nest declares here what its decorators say, whose paths are those of
 * the tables, and there is no other router (ADR 20): admission has found the operation of a request.
 */
export class OperationHandlers {
  readonly #handlers = new Map<string, OperationHandler>();

  get(path: string, handler: OperationHandler): void {
    this.#declare({ method: 'GET', path }, handler);
  }

  put(path: string, handler: OperationHandler): void {
    this.#declare({ method: 'PUT', path }, handler);
  }

  post(path: string, handler: OperationHandler): void {
    this.#declare({ method: 'POST', path }, handler);
  }

  patch(path: string, handler: OperationHandler): void {
    this.#declare({ method: 'PATCH', path }, handler);
  }

  delete(path: string, handler: OperationHandler): void {
    this.#declare({ method: 'DELETE', path }, handler);
  }

  /** Resolves when the controller is done with it, whether its answer is sent or not. */
  async handle(
    { operation, parameters }: FoundOperation,
    { request, response }: Exchange,
  ): Promise<void> {
    const handler = this.#handlers.get(keyOf(operation));
    assert(handler !== undefined, 'an operation that is served has a controller');
    const asked: RequestWithParameters = request;
    asked.params = Object.fromEntries(parameters);
    await handler(asked, response, () => undefined);
  }

  /** @throws AssertionError when an operation that is served has no controller */
  checkComplete(): void {
    for (const key of served) {
      assert(this.#handlers.has(key), `${key} has no controller`);
    }
  }

  #declare(operation: OperationKey, handler: OperationHandler): void {
    const key = keyOf(operation);
    assert(served.has(key), `${key} stands in no table of operations`);
    assert(!this.#handlers.has(key), `${key} has two controllers`);
    this.#handlers.set(key, handler);
  }
}

function keyOf({ method, path }: OperationKey): string {
  return `${method} ${path}`;
}

const served: ReadonlySet<string> = new Set(
  [...serviceOperations, ...administrationOperations].map(keyOf),
);

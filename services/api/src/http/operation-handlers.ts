import assert from 'node:assert';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '@linchpin/platform/http-server';
import type { FoundOperation } from './find-operation.js';
import {
  administrationOperations,
  serviceOperations,
  type Method,
  type Operation,
} from './operations.js';

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

/**
 * Which controller serves which operation. Nest declares here what its decorators say, whose paths are those of
 * the tables, and there is no other router (ADR 20): admission has found the operation of a request.
 */
export class OperationHandlers {
  readonly #handlers = new Map<Operation, OperationHandler>();

  get(path: string, handler: OperationHandler): void {
    this.#declare('GET', path, handler);
  }

  put(path: string, handler: OperationHandler): void {
    this.#declare('PUT', path, handler);
  }

  post(path: string, handler: OperationHandler): void {
    this.#declare('POST', path, handler);
  }

  patch(path: string, handler: OperationHandler): void {
    this.#declare('PATCH', path, handler);
  }

  delete(path: string, handler: OperationHandler): void {
    this.#declare('DELETE', path, handler);
  }

  /** Resolves when the controller is done with it, whether its answer is sent or not. */
  async handle(
    { operation, parameters }: FoundOperation,
    { request, response }: Exchange,
  ): Promise<void> {
    const handler = this.#handlers.get(operation);
    assert(handler !== undefined, 'an operation that is served has a controller');
    const asked: RequestWithParameters = request;
    asked.params = Object.fromEntries(parameters);
    await handler(asked, response, () => undefined);
  }

  /** @throws AssertionError when an operation that is served has no controller */
  checkComplete(): void {
    for (const operation of served) {
      const { method, path } = operation;
      assert(this.#handlers.has(operation), `${method} ${path} has no controller`);
    }
  }

  #declare(method: Method, path: string, handler: OperationHandler): void {
    const operation = served.find((one) => one.method === method && one.path === path);
    assert(operation !== undefined, `${method} ${path} stands in no table of operations`);
    assert(!this.#handlers.has(operation), `${method} ${path} has two controllers`);
    this.#handlers.set(operation, handler);
  }
}

const served: readonly Operation[] = [...serviceOperations, ...administrationOperations];

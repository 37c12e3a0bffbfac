import type { IncomingMessage, ServerResponse } from 'node:http';
import { AbstractHttpAdapter } from '@nestjs/core';
import type { OperationHandlers } from './operation-handlers.js';

/**
 * What Nest takes for its HTTP framework. Requests come from our own listener and are answered by controllers
 * themselves, so that Nest binds parameters and catches errors, and asks for little.
 */
export class OperationAdapter extends AbstractHttpAdapter<
  undefined,
  IncomingMessage,
  ServerResponse
> {
  /** @param handlers to which the base class hands what controllers declare */
  // eslint-disable-next-line @typescript-eslint/no-useless-constructor -- the base class takes anything
  constructor(handlers: OperationHandlers) {
    super(handlers);
  }

  override getType(): string {
    return 'operations';
  }

  /** It listens nowhere. */
  override initHttpServer(): void {
    this.httpServer = undefined;
  }

  override close(): void {
    // The listener is closed before.
  }

  /** Every operation that is admitted has a handler. */
  override setNotFoundHandler(): void {
    // None is wanted.
  }

  /** Handlers answer what controllers throw. */
  override setErrorHandler(): void {
    // None is wanted.
  }

  /** What Nest thinks right for the verb, before the controller says. */
  override status(response: ServerResponse, statusCode: number): void {
    response.statusCode = statusCode;
  }

  override isHeadersSent(response: ServerResponse): boolean {
    return response.headersSent;
  }

  // What only answers given by Nest, and its middleware, would need.

  override appendHeader(): never {
    return unused('appendHeader');
  }

  override applyVersionFilter(): never {
    return unused('applyVersionFilter');
  }

  override createMiddlewareFactory(): never {
    return unused('createMiddlewareFactory');
  }

  override enableCors(): never {
    return unused('enableCors');
  }

  override end(): never {
    return unused('end');
  }

  override getHeader(): never {
    return unused('getHeader');
  }

  override getRequestHostname(): never {
    return unused('getRequestHostname');
  }

  override getRequestMethod(): never {
    return unused('getRequestMethod');
  }

  override getRequestUrl(): never {
    return unused('getRequestUrl');
  }

  override redirect(): never {
    return unused('redirect');
  }

  override registerParserMiddleware(): never {
    return unused('registerParserMiddleware');
  }

  override render(): never {
    return unused('render');
  }

  override reply(): never {
    return unused('reply');
  }

  override setHeader(): never {
    return unused('setHeader');
  }

  override setViewEngine(): never {
    return unused('setViewEngine');
  }

  override useStaticAssets(): never {
    return unused('useStaticAssets');
  }
}

function unused(method: string): never {
  throw new Error(`controllers answer by themselves; nothing of Nest may ask for ${method}`);
}

import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { makeGenericClientConstructor, type Client, type MethodDefinition } from '@grpc/grpc-js';
import { eventually, freePort } from '@linchpin/testing';
import { HubError } from '@linchpin/wire';
import { Controller, Inject, Module, type INestMicroservice } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { currentActor } from '../actor/index.js';
import type { ClientConstructor } from '../grpc/index.js';
import type { UnaryRpc } from '../grpc/unary-rpc.js';
import { createLogger } from '../logging/index.js';
import { createMetrics } from '../metrics/index.js';
import { ActorInterceptor } from './actor-interceptor.js';
import type { RpcCaller } from './rpc-caller.js';
import type { RpcInterceptor } from './rpc-interceptor.js';
import { startGrpcServer } from './start-grpc-server.js';
import { StreamedCall } from './streamed-call.js';

export const echo: MethodDefinition<string, string> = {
  path: '/linchpin.test.v1.Echo/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: (request) => Buffer.from(request),
  requestDeserialize: (bytes) => {
    if (bytes[0] === 0xff) {
      throw new Error('no request begins so');
    }
    return String(bytes);
  },
  responseSerialize: (response) => {
    if (response === 'unserializable') {
      throw new Error('no response is so');
    }
    return Buffer.from(response);
  },
  responseDeserialize: String,
};
export type EchoClient = Client & { readonly echo: UnaryRpc<string, string> };
export const EchoClient = makeGenericClientConstructor(
  { echo },
  'Echo',
) as unknown as ClientConstructor<EchoClient>;

/** Calls with the request `wait`: they wait to be let go, and are when nobody waits for their answer. */
class WaitingCalls {
  takenBack = 0;
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#waiting.length;
  }

  async wait(caller: RpcCaller): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      caller.signal.addEventListener('abort', () => {
        this.takenBack += 1;
        resolve();
      });
    });
  }

  async have(count: number): Promise<void> {
    await eventually(() => this.count === count, 4_000, `${count} calls that wait`);
  }

  letGo(): void {
    for (const letGo of this.#waiting.splice(0)) {
      letGo();
    }
  }
}

const servedCalls = Symbol('ServedCalls');

type ServedCalls = EventEmitter<{ served: [AbortSignal] }>;

@Controller()
class EchoController {
  constructor(
    @Inject(WaitingCalls) private readonly waiting: WaitingCalls,
    @Inject(servedCalls) private readonly calls: ServedCalls,
  ) {}

  @GrpcMethod('Echo', 'echo')
  async echo(request: string, caller: RpcCaller): Promise<string> {
    this.calls.emit('served', caller.signal);
    switch (request) {
      case 'wait':
        await this.waiting.wait(caller);
        return 'let go';
      case 'who':
        return currentActor()?.name ?? 'nobody';
      case 'fail':
        throw new HubError('ThrottlingException', 'Too many größe.', { retryAfterMs: 7 });
      default:
        return request;
    }
  }
}

@Module({})
class EchoModule {}

/** A real server of one rpc, that knows which way its calls came. */
export class EchoServer {
  readonly waiting = new WaitingCalls();
  /** Of the calls that were served, how many came which way. */
  ways = { streamed: 0, unary: 0 };
  /** Tells of each call that is served, with its caller's signal. */
  readonly calls: ServedCalls = new EventEmitter();
  #application: INestMicroservice | undefined;

  private constructor(readonly listen: { readonly host: string; readonly port: number }) {}

  static async start(): Promise<EchoServer> {
    const server = new EchoServer({ host: '127.0.0.1', port: await freePort() });
    await server.restart();
    return server;
  }

  /** After `close`, at the same address. */
  async restart(): Promise<void> {
    const { listen, waiting, calls } = this;
    const countsWays: RpcInterceptor = {
      intercept: (call, next) => {
        this.ways[call instanceof StreamedCall ? 'streamed' : 'unary'] += 1;
        return next();
      },
    };
    this.#application = await startGrpcServer({
      module: {
        module: EchoModule,
        controllers: [EchoController],
        providers: [
          { provide: WaitingCalls, useValue: waiting },
          { provide: servedCalls, useValue: calls },
        ],
      },
      listen,
      tls: undefined,
      services: { 'linchpin.test.v1.Echo': { echo } },
      interceptors: [new ActorInterceptor(), countsWays],
      logger: createLogger({ service: 'test', level: 'silent' }),
      metrics: createMetrics('test'),
    });
  }

  /** Lets the calls that run finish. */
  async close(): Promise<void> {
    await this.#application?.close();
  }
}

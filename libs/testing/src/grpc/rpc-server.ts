import {
  Server,
  ServerCredentials,
  type Metadata,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Actor } from '@linchpin/platform/actor';
import { toGrpcFailure } from '@linchpin/platform/grpc';

export interface RpcCall {
  /** `/linchpin.registry.v1.Registry/GetIdentity` */
  readonly path: string;
  readonly metadata: Metadata;
  /** On whose behalf it is made, as the caller says; without members when it says nothing. */
  readonly actor: Partial<Actor>;
  /** Aborts when the caller has left. */
  readonly left: AbortSignal;
}

/** What it throws the caller hears, a HubError whole. */
export type Rpc = (request: never, call: RpcCall) => object | Promise<object>;

type ServedRpcs = readonly [service: ServiceDefinition, rpcs: Readonly<Record<string, Rpc>>];

interface RpcServerOptions {
  /** Undefined: whichever is free. */
  readonly port?: number | undefined;
  /** Calls that run at once on one connection. */
  readonly callsMax?: number;
  /** Services of streams, with their handlers as grpc-js has them. */
  readonly streaming?: readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[];
}

/** Another service as a test has it, which serves: some of its rpcs over real gRPC; the others are UNIMPLEMENTED. */
export class RpcServer {
  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  static async start(
    services: readonly ServedRpcs[],
    { port = 0, callsMax = 10_000, streaming = [] }: RpcServerOptions = {},
  ): Promise<RpcServer> {
    const server = new Server({ 'grpc.max_concurrent_streams': callsMax });
    server.addService(health, toHandlers({ check: () => ({}) }));
    for (const [service, rpcs] of services) {
      server.addService(service, toHandlers(rpcs));
    }
    for (const [service, handlers] of streaming) {
      server.addService(service, handlers);
    }
    const bound = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      server.bindAsync(`127.0.0.1:${port}`, credentials, (error, number) => {
        if (error === null) {
          resolve(number);
        } else {
          reject(error);
        }
      });
    });
    return new RpcServer(bound, server);
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** As if the process were killed. */
  stop(): void {
    this.server.forceShutdown();
  }
}

function toHandlers(rpcs: Readonly<Record<string, Rpc>>): UntypedServiceImplementation {
  return Object.fromEntries(Object.entries(rpcs).map(([name, rpc]) => [name, handlerOf(rpc)]));
}

function handlerOf(rpc: Rpc) {
  return (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>): void => {
    const left = new AbortController();
    call.once('cancelled', () => {
      left.abort();
    });
    const { metadata } = call;
    const [actor = '{}'] = metadata.get('linchpin-actor-bin');
    new Promise<object>((resolve) => {
      const about = {
        path: call.getPath(),
        metadata,
        actor: JSON.parse(String(actor)) as Partial<Actor>,
        left: left.signal,
      };
      resolve(rpc(call.request as never, about));
    }).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(toGrpcFailure(error));
      },
    );
  };
}

/** `grpc.health.v1.Health/Check`, whose answer is always SERVING. */
const health = {
  check: {
    path: '/grpc.health.v1.Health/Check',
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: () => ({}),
    responseSerialize: () => Buffer.from([8, 1]),
    responseDeserialize: () => ({}),
  },
} as const;

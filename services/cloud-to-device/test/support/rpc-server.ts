/** Rpcs of other services, answered as a test says, over real gRPC. */
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { toGrpcFailure } from '@linchpin/platform/grpc';

/** @param left aborts when the caller has left */
export type Rpc = (request: never, left: AbortSignal) => object | Promise<object>;

export interface RpcServer {
  readonly address: string;
  /** As if the process were killed. */
  stop(): void;
}

export async function startRpcServer(
  service: ServiceDefinition,
  rpcs: Readonly<Record<string, Rpc>>,
): Promise<RpcServer> {
  const server = new Server();
  const handlers = Object.entries(rpcs).map(([name, rpc]) => [name, handlerOf(rpc)] as const);
  server.addService(service, Object.fromEntries(handlers));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) {
        resolve(bound);
      } else {
        reject(error);
      }
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    stop: () => {
      server.forceShutdown();
    },
  };
}

function handlerOf(rpc: Rpc) {
  return (call: ServerUnaryCall<object, object>, callback: sendUnaryData<object>): void => {
    const left = new AbortController();
    call.once('cancelled', () => {
      left.abort();
    });
    new Promise<object>((resolve) => {
      resolve(rpc(call.request as never, left.signal));
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

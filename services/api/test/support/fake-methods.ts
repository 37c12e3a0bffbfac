/** The service that reaches devices, as far as the api can tell: a device that answers as a test says. */
import { Server, ServerCredentials, type handleUnaryCall } from '@grpc/grpc-js';
import {
  DirectMethodsService,
  type InvokeMethodRequest,
  type InvokeMethodResponse,
} from '@linchpin/contracts';
import { toGrpcFailure } from '@linchpin/platform/grpc';

type Respond = (
  request: InvokeMethodRequest,
  left: AbortSignal,
) => InvokeMethodResponse | Promise<InvokeMethodResponse>;

export class FakeMethods {
  /** The newest last. */
  readonly requests: InvokeMethodRequest[] = [];
  /** Gives back what it was given. */
  static readonly echo: Respond = ({ payloadJson }) => ({ status: 200n, payloadJson });
  /** It may throw. Its signal aborts when the api has taken the call back. */
  respond: Respond = FakeMethods.echo;
  readonly #server = new Server({ 'grpc.max_concurrent_streams': 10_000 });
  #port = 0;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  static async start(): Promise<FakeMethods> {
    const fake = new FakeMethods();
    fake.#server.addService(DirectMethodsService, { invokeMethod: fake.#invoke });
    fake.#port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      fake.#server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
        if (error === null) {
          resolve(port);
        } else {
          reject(error);
        }
      });
    });
    return fake;
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  readonly #invoke: handleUnaryCall<InvokeMethodRequest, InvokeMethodResponse> = (
    call,
    callback,
  ) => {
    const left = new AbortController();
    call.once('cancelled', () => {
      left.abort();
    });
    this.requests.push(call.request);
    new Promise<InvokeMethodResponse>((resolve) => {
      resolve(this.respond(call.request, left.signal));
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

/** The service that reaches devices, as far as the api can tell: a device that answers as a test says. */
import {
  DirectMethodsService,
  type InvokeMethodRequest,
  type InvokeMethodResponse,
} from '@linchpin/contracts';
import { RpcServer, type RpcCall } from '@linchpin/testing/grpc';

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

  private constructor(
    private readonly stopServer: () => void,
    readonly address: string,
  ) {}

  static async start(): Promise<FakeMethods> {
    const invokeMethod = (request: InvokeMethodRequest, { left }: RpcCall) => {
      fake.requests.push(request);
      return fake.respond(request, left);
    };
    const server = await RpcServer.start([[DirectMethodsService, { invokeMethod }]]);
    const fake = new FakeMethods(() => {
      server.stop();
    }, server.address);
    return fake;
  }

  stop(): void {
    this.stopServer();
  }
}

/** A whole process of this service over real engines, with gateways and a registry that a test answers for. */
import {
  AuthenticationType,
  ConnectionState,
  DirectMethodsClient,
  DownlinkService,
  IdentityStatus,
  RegistryService,
  type DeliverMethodRequest,
  type GetIdentityRequest,
  type Identity,
  type InvokeMethodRequest,
  type InvokeMethodResponse,
} from '@linchpin/contracts';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import type { Redis } from '@linchpin/platform/redis';
import type { PresenceKeys } from '@linchpin/presence';
import { RpcServer, type RpcCall } from '@linchpin/testing/grpc';
import { TestProcess } from './test-process.js';

/** Of the generation with which devices connect. */
export const knownIdentity: Identity = {
  deviceId: 'd1',
  generationId: '1',
  etag: 'MQ==',
  status: IdentityStatus.ENABLED,
  connectionState: ConnectionState.DISCONNECTED,
  cloudToDeviceMessageCount: 0,
  authentication: { type: AuthenticationType.SAS, primaryKey: 'cA==', secondaryKey: 'cw==' },
  iotEdge: false,
  parentScopes: [],
};

type Deliver = (
  request: DeliverMethodRequest,
  left: AbortSignal,
) => Promise<{ readonly status: bigint; readonly payloadJson: Buffer }>;

interface InvokeOptions extends Partial<InvokeMethodRequest> {
  readonly signal?: AbortSignal;
}

export class MethodsUnderTest {
  /** Who was looked up. */
  /** What the registry was asked, and of which hub's generation. */
  readonly lookedUp: (GetIdentityRequest & { readonly ofGeneration: string | undefined })[] = [];
  /** What the registry does with a look-up. */
  find: (request: GetIdentityRequest) => object = () => ({ identity: knownIdentity });

  private constructor(
    private readonly process: TestProcess,
    private readonly client: DirectMethodsClient,
  ) {}

  static async start(variables: Record<string, string> = {}): Promise<MethodsUnderTest> {
    let under: MethodsUnderTest | undefined = undefined;
    const getIdentity = (request: GetIdentityRequest, { actor }: RpcCall): object => {
      under?.lookedUp.push({ ...request, ofGeneration: actor.hubGeneration });
      return under?.find(request) ?? {};
    };
    const registry = [[RegistryService, { getIdentity }]] as const;
    const process = await TestProcess.start({ registry, variables });
    const place = { address: process.address, tls: undefined };
    under = new MethodsUnderTest(process, createGrpcClient(DirectMethodsClient, place));
    return under;
  }

  get redis(): Redis {
    return this.process.redis;
  }

  get keys(): PresenceKeys {
    return this.process.keys;
  }

  get probeUrl(): string {
    return this.process.probeUrl;
  }

  /** As SIGTERM does; a second one is no error. */
  async stop(): Promise<void> {
    await this.process.stop();
    this.client.close();
  }

  /** What the test started besides. */
  stopLater(stop: () => unknown): void {
    this.process.stopLater(stop);
  }

  /** A gateway that lives, until the test has it stopped. */
  async startGateway(deliver: Deliver): Promise<RpcServer> {
    const deliverMethod = (request: DeliverMethodRequest, { left }: RpcCall) =>
      deliver(request, left);
    const gateway = await RpcServer.start([[DownlinkService, { deliverMethod }]]);
    this.stopLater(() => {
      gateway.stop();
    });
    return gateway;
  }

  /** As gateways' scripts write it. */
  async connect(identity: string, address: string, members: object = {}): Promise<void> {
    const gateway = `gateway at ${address}`;
    await this.redis.hset(this.keys.gateways, gateway, address);
    await this.redis.hset(this.keys.presence(identity), {
      gateway,
      connection: `connection of ${identity}`,
      hubGeneration: 'g1',
      generation: '1',
      ...members,
    });
  }

  async announce(identity: string): Promise<void> {
    await this.redis.publish(this.keys.arrivals(identity), '');
  }

  /** How many processes wait for it. */
  async waitsFor(identity: string): Promise<unknown> {
    return (await this.redis.pubsub('NUMSUB', this.keys.arrivals(identity)))[1];
  }

  invoke({ signal, ...members }: InvokeOptions = {}): Promise<InvokeMethodResponse> {
    const request = {
      hub: 'hub-a',
      hubGeneration: 'g1',
      deviceId: 'd1',
      methodName: 'reboot',
      payloadJson: Buffer.from('null'),
      connectTimeoutSeconds: 0,
      responseTimeoutSeconds: 30,
      ...members,
    };
    return callUnary(this.client.invokeMethod.bind(this.client), request, {
      name: 'DirectMethods/InvokeMethod',
      deadlineMs: 60_000,
      ...(signal && { signal }),
    });
  }
}

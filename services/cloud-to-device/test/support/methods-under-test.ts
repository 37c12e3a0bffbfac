/** A whole process of this service over a real Redis, with gateways and a registry that a test answers for. */
import { randomUUID } from 'node:crypto';
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
import { createLogger } from '@linchpin/platform/logging';
import { closeRedis, openRedis, type Redis } from '@linchpin/platform/redis';
import { PresenceKeys } from '@linchpin/presence';
import { freePort, testEngines } from '@linchpin/testing';
import { RpcServer, type RpcCall } from '@linchpin/testing/grpc';
import { loadConfig } from '../../src/config.js';
import { startCloudToDevice } from '../../src/start-cloud-to-device.js';

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
  probeUrl = '';

  private constructor(
    readonly redis: Redis,
    readonly keys: PresenceKeys,
    private readonly client: DirectMethodsClient,
    private readonly stops: (() => unknown)[],
  ) {}

  static async start(variables: Record<string, string> = {}): Promise<MethodsUnderTest> {
    const { redisUrl } = testEngines();
    const logger = createLogger({ service: 'test', level: 'silent' });
    const redis = openRedis(redisUrl, logger);
    await redis.connect();
    const prefix = `test-${randomUUID()}`;
    const grpc = `127.0.0.1:${await freePort()}`;
    const client = createGrpcClient(DirectMethodsClient, { address: grpc, tls: undefined });
    const stops: (() => unknown)[] = [];
    const keys = new PresenceKeys(`${prefix}:`);
    const under = new MethodsUnderTest(redis, keys, client, stops);
    const getIdentity = (request: GetIdentityRequest, { actor }: RpcCall): object => {
      under.lookedUp.push({ ...request, ofGeneration: actor.hubGeneration });
      return under.find(request);
    };
    const registry = await RpcServer.start([[RegistryService, { getIdentity }]]);
    const probe = `127.0.0.1:${await freePort()}`;
    under.probeUrl = `http://${probe}`;
    const config = loadConfig({
      LINCHPIN_PROBE_LISTEN: probe,
      LINCHPIN_GRPC_LISTEN: grpc,
      LINCHPIN_REGISTRY_ADDRESS: registry.address,
      LINCHPIN_REDIS_URL: redisUrl,
      LINCHPIN_TOPIC_PREFIX: prefix,
      ...variables,
    });
    const running = await startCloudToDevice(config, logger);
    stops.push(
      () => running.stop(),
      () => {
        client.close();
        registry.stop();
      },
      () => closeRedis(redis),
    );
    return under;
  }

  /** As SIGTERM does; a second one is no error. */
  async stop(): Promise<void> {
    for (const stop of this.stops.splice(0)) {
      await stop();
    }
  }

  /** What the test started besides. */
  stopLater(stop: () => unknown): void {
    this.stops.push(stop);
  }

  /** A gateway that lives, until the test has it stopped. */
  async startGateway(deliver: Deliver): Promise<RpcServer> {
    const deliverMethod = (request: DeliverMethodRequest, { left }: RpcCall) =>
      deliver(request, left);
    const gateway = await RpcServer.start([[DownlinkService, { deliverMethod }]]);
    this.stops.push(() => {
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

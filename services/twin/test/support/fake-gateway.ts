/** A gateway as far as twins can tell: it is in Redis as the holder of devices, and takes what they are to be told. */
import { DownlinkService, type NotifyDesiredRequest } from '@linchpin/contracts';
import { openRedis, type Redis } from '@linchpin/platform/redis';
import { createLogger } from '@linchpin/platform/logging';
import { PresenceKeys } from '@linchpin/presence';
import { testEngines } from '@linchpin/testing';
import { RpcServer } from '@linchpin/testing/grpc';
import { HubError, identityKey } from '@linchpin/wire';
import type { TestSubject } from './start-test-twin.js';

interface ToldChange {
  readonly connectionId: string;
  readonly version: number;
  readonly body: unknown;
}

export class FakeGateway {
  readonly told: ToldChange[] = [];
  /** What the gateway says in place of taking changes. */
  refusal: HubError | undefined;
  /** It takes nothing for this one alone. */
  refusedConnection: string | undefined;
  readonly #keys: PresenceKeys;

  private constructor(
    topicPrefix: string,
    private readonly redis: Redis,
    private readonly stopServer: () => void,
  ) {
    this.#keys = new PresenceKeys(`${topicPrefix}:`);
  }

  static async start(topicPrefix: string): Promise<FakeGateway> {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const redis = openRedis(testEngines().redisUrl, logger);
    await redis.connect();
    const notifyDesired = (request: NotifyDesiredRequest): object => gateway.#notify(request);
    const server = await RpcServer.start([[DownlinkService, { notifyDesired }]]);
    const gateway = new FakeGateway(topicPrefix, redis, () => {
      server.stop();
    });
    await redis.hset(gateway.#keys.gateways, 'g1', server.address);
    return gateway;
  }

  /** From now on it holds the device by this connection. */
  async hold(subject: TestSubject, connectionId: string): Promise<void> {
    await this.redis.hset(this.#keys.presence(identityKey(subject.hub, subject)), {
      gateway: 'g1',
      connection: connectionId,
      hubGeneration: subject.hubGeneration,
      generation: subject.generationId,
    });
  }

  of(connectionId: string): readonly ToldChange[] {
    return this.told.filter((each) => each.connectionId === connectionId);
  }

  async close(): Promise<void> {
    this.stopServer();
    await this.redis.quit();
  }

  #notify({ connectionId, changes }: NotifyDesiredRequest): object {
    if (this.refusal !== undefined) {
      throw this.refusal;
    }
    if (connectionId === this.refusedConnection) {
      throw new HubError('ServiceUnavailable', 'later');
    }
    for (const { version, json } of changes) {
      this.told.push({ connectionId, version: Number(version), body: JSON.parse(json) });
    }
    return {};
  }
}

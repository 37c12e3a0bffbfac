/** A gateway as far as twins can tell: it is in Redis as the holder of devices, and takes what they are to be told. */
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import {
  DownlinkService,
  type NotifyDesiredRequest,
  type NotifyDesiredResponse,
} from '@linchpin/contracts';
import { toGrpcFailure } from '@linchpin/platform/grpc';
import { openRedis, type Redis } from '@linchpin/platform/redis';
import { createLogger } from '@linchpin/platform/logging';
import { PresenceKeys } from '@linchpin/presence';
import { testEngines } from '@linchpin/testing';
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
  readonly #keys: PresenceKeys;
  readonly #server = new Server();

  private constructor(
    topicPrefix: string,
    private readonly redis: Redis,
  ) {
    this.#keys = new PresenceKeys(`${topicPrefix}:`);
    this.#server.addService(DownlinkService, {
      deliverMethod: (_call: unknown, callback: sendUnaryData<never>) => {
        callback({ code: status.UNIMPLEMENTED, details: 'twins call no method' });
      },
      notifyDesired: (
        call: ServerUnaryCall<NotifyDesiredRequest, NotifyDesiredResponse>,
        callback: sendUnaryData<NotifyDesiredResponse>,
      ) => {
        this.#notify(call.request, callback);
      },
    });
  }

  static async start(topicPrefix: string): Promise<FakeGateway> {
    const logger = createLogger({ service: 'test', level: 'silent' });
    const redis = openRedis(testEngines().redisUrl, logger);
    await redis.connect();
    const gateway = new FakeGateway(topicPrefix, redis);
    const port = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      gateway.#server.bindAsync('127.0.0.1:0', credentials, (error, bound) => {
        if (error === null) {
          resolve(bound);
        } else {
          reject(error);
        }
      });
    });
    await redis.hset(gateway.#keys.gateways, 'g1', `127.0.0.1:${port}`);
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
    this.#server.forceShutdown();
    await this.redis.quit();
  }

  #notify(
    { connectionId, changes }: NotifyDesiredRequest,
    callback: sendUnaryData<NotifyDesiredResponse>,
  ): void {
    if (this.refusal !== undefined) {
      callback(toGrpcFailure(this.refusal));
      return;
    }
    for (const { version, json } of changes) {
      this.told.push({ connectionId, version: Number(version), body: JSON.parse(json) });
    }
    callback(null, {});
  }
}

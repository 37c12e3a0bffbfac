/**
 * The registry as far as twins can tell: the identities that a test puts into it, over real gRPC. What it would
 * tell of in its topic, the test writes there itself (`told-changes.ts`).
 */
import {
  AuthenticationType,
  ConnectionState,
  HubAdministrationService,
  HubState,
  IdentityPagesService,
  IdentityStatus,
  RegistryService,
  type GetHubGenerationRequest,
  type GetIdentityRequest,
  type GetIdentityResponse,
  type Identity,
  type ListIdentitiesRequest,
} from '@linchpin/contracts';
import type { Actor } from '@linchpin/platform/actor';
import { RpcServer, type RpcCall } from '@linchpin/testing/grpc';
import { HubError } from '@linchpin/wire';

export class FakeRegistry {
  /** By the hub's name; an absent hub does not exist. */
  readonly generations = new Map<string, string>();
  /** By hub, in the order of pages. */
  readonly identities = new Map<string, Identity[]>();
  /** So many times an identity was asked for. */
  asked = 0;
  /** Is done between the registry's answer about an identity and its way back. */
  onAnswer: () => Promise<void> = () => Promise.resolve();
  #server: RpcServer | undefined;
  #generationIds = 638_900_112_233_440_000n;

  get address(): string {
    return this.#server?.address ?? '';
  }

  /** At the address that it had before, if it was stopped. */
  async start(): Promise<void> {
    const registry = {
      getIdentity: (request: GetIdentityRequest, { actor }: RpcCall) => this.#get(request, actor),
    };
    const pages = {
      listIdentities: (request: ListIdentitiesRequest, { actor }: RpcCall) =>
        this.#list(request, actor),
      getHubGeneration: ({ hub }: GetHubGenerationRequest) => this.#generationOf(hub),
    };
    const services = [
      [RegistryService, registry],
      [IdentityPagesService, pages],
      [HubAdministrationService, { listHubs: () => this.#listHubs() }],
    ] as const;
    this.#server = await RpcServer.start(services, { port: this.#server?.port });
  }

  stop(): void {
    this.#server?.stop();
  }

  /** Made anew when it was there before. */
  create(hub: string, deviceId: string, members: Partial<Identity> = {}): Identity {
    this.delete(hub, deviceId, members.moduleId);
    this.#generationIds += 1n;
    const identity: Identity = {
      deviceId,
      generationId: String(this.#generationIds),
      etag: 'MQ==',
      status: IdentityStatus.ENABLED,
      connectionState: ConnectionState.DISCONNECTED,
      cloudToDeviceMessageCount: 0,
      authentication: { type: AuthenticationType.SAS, primaryKey: 'cA==', secondaryKey: 'cw==' },
      iotEdge: false,
      parentScopes: [],
      ...members,
    };
    const others = this.identities.get(hub) ?? [];
    this.identities.set(
      hub,
      [...others, identity].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
    );
    return identity;
  }

  delete(hub: string, deviceId: string, moduleId?: string): void {
    const left = (this.identities.get(hub) ?? []).filter(
      (each) =>
        each.deviceId !== deviceId || (moduleId !== undefined && each.moduleId !== moduleId),
    );
    this.identities.set(hub, left);
  }

  async #get(
    { hub, deviceId, moduleId }: GetIdentityRequest,
    actor: Partial<Actor>,
  ): Promise<GetIdentityResponse> {
    this.asked += 1;
    const identities = this.#identitiesOf(hub, actor);
    const identity = identities.find(
      (each) => each.deviceId === deviceId && each.moduleId === moduleId,
    );
    await this.onAnswer();
    if (identity === undefined) {
      const isDeviceThere = identities.some((each) => each.deviceId === deviceId);
      throw isDeviceThere
        ? new HubError('ModuleNotFound', 'There is no such module.')
        : new HubError('DeviceNotFound', 'There is no such device.');
    }
    return { identity };
  }

  #list({ hub, after, limit }: ListIdentitiesRequest, actor: Partial<Actor>): object {
    const from = after && `${after.deviceId}/${after.moduleId}`;
    const behind = this.#identitiesOf(hub, actor).filter(
      (each) => from === undefined || keyOf(each) > from,
    );
    return { identities: behind.slice(0, limit) };
  }

  #generationOf(hub: string): object {
    this.#identitiesOf(hub, {});
    return { hubGeneration: this.generations.get(hub) ?? '' };
  }

  #listHubs(): object {
    const hubs = [...this.generations].map(([name, hubGeneration]) => ({
      name,
      hubGeneration,
      state: HubState.ACTIVE,
      subscriptionId: '',
      resourceGroup: '',
      location: '',
      hostNames: [],
      partitionCount: 1,
      retentionDays: 1,
      telemetryTopic: '',
      etag: '',
    }));
    return { hubs };
  }

  #identitiesOf(hub: string, { hubGeneration }: Partial<Actor>): readonly Identity[] {
    const generation = this.generations.get(hub);
    if (generation === undefined || generation !== (hubGeneration ?? generation)) {
      throw new HubError('IotHubNotFound', 'There is no such hub.');
    }
    return this.identities.get(hub) ?? [];
  }
}

function keyOf({ deviceId, moduleId = '' }: Identity): string {
  return `${deviceId}/${moduleId}`;
}

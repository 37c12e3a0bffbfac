/**
 * The registry as far as twins can tell: the identities that a test puts into it, over real gRPC. What it would
 * tell of in its topic, the test writes there itself (`told-changes.ts`).
 */
import {
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
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
import { toGrpcFailure } from '@linchpin/platform/grpc';
import { HubError } from '@linchpin/wire';

interface CallingActor {
  readonly hubGeneration?: string;
}

type Rpc = (request: never, actor: CallingActor) => object | Promise<object>;

export class FakeRegistry {
  /** By the hub's name; an absent hub does not exist. */
  readonly generations = new Map<string, string>();
  /** By hub, in the order of pages. */
  readonly identities = new Map<string, Identity[]>();
  /** So many times an identity was asked for. */
  asked = 0;
  /** Is done between the registry's answer about an identity and its way back. */
  onAnswer: () => Promise<void> = () => Promise.resolve();
  #server = new Server();
  #port = 0;
  #generationIds = 638_900_112_233_440_000n;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server.addService(
      RegistryService,
      this.#implement(RegistryService, {
        getIdentity: (request: GetIdentityRequest, actor) => this.#get(request, actor),
      }),
    );
    this.#server.addService(
      IdentityPagesService,
      this.#implement(IdentityPagesService, {
        listIdentities: (request: ListIdentitiesRequest, actor) => this.#list(request, actor),
        getHubGeneration: ({ hub }: GetHubGenerationRequest) => this.#generationOf(hub),
      }),
    );
    this.#server.addService(
      HubAdministrationService,
      this.#implement(HubAdministrationService, { listHubs: () => this.#listHubs() }),
    );
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(
        `127.0.0.1:${this.#port}`,
        ServerCredentials.createInsecure(),
        (error, port) => {
          if (error === null) {
            resolve(port);
          } else {
            reject(error);
          }
        },
      );
    });
  }

  stop(): void {
    this.#server.forceShutdown();
    this.#server = new Server();
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
    actor: CallingActor,
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

  #list({ hub, after, limit }: ListIdentitiesRequest, actor: CallingActor): object {
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

  #identitiesOf(hub: string, { hubGeneration }: CallingActor): readonly Identity[] {
    const generation = this.generations.get(hub);
    if (generation === undefined || generation !== (hubGeneration ?? generation)) {
      throw new HubError('IotHubNotFound', 'There is no such hub.');
    }
    return this.identities.get(hub) ?? [];
  }

  #implement(definition: object, rpcs: Record<string, Rpc>): UntypedServiceImplementation {
    const implementation: UntypedServiceImplementation = {};
    for (const name of Object.keys(definition)) {
      const rpc = rpcs[name];
      implementation[name] = (
        call: ServerUnaryCall<object, object>,
        callback: sendUnaryData<object>,
      ) => {
        const [metadata = '{}'] = call.metadata.get('linchpin-actor-bin');
        const actor = JSON.parse(String(metadata)) as CallingActor;
        Promise.resolve()
          .then(() => {
            if (rpc === undefined) {
              throw new Error(`twins ask for no ${name}`);
            }
            return rpc(call.request as never, actor);
          })
          .then(
            (answer) => {
              callback(null, answer);
            },
            (error: unknown) => {
              callback(toGrpcFailure(error));
            },
          );
      };
    }
    return implementation;
  }
}

function keyOf({ deviceId, moduleId = '' }: Identity): string {
  return `${deviceId}/${moduleId}`;
}

/**
 * Registry, file-upload and twin as far as the api can tell: their generated services over real gRPC,
 * answered from memory. It keeps the rules on which answers of the api depend, and no others.
 */
import { defaultPolicies, generateSymmetricKey } from '@linchpin/auth';
import {
  AuditLogService,
  AuthenticationType,
  CertificatesService,
  BulkRegistryService,
  EdgeAccessService,
  ConnectionState,
  ConsumerGroupsService,
  HubAdministrationService,
  HubState,
  IdentityJobsService,
  IdentityStatus,
  RegistryService,
  TwinQueriesService,
  TwinsService,
  type AuditEntry,
  type AuthorizeServiceRequest,
  type ResolveHubRequest,
  type CountHubsRequest,
  type CountHubsResponse,
  type CreateHubRequest,
  type Hub,
  type Identity,
  type IdentityDefinition,
  type ListHubsRequest,
  type ListHubsResponse,
  type RegeneratePolicyKeyRequest,
  type UpdateHubRequest,
} from '@linchpin/contracts';
import { RpcServer, type Rpc } from '@linchpin/testing/grpc';
import { consumerGroupRpcs } from './fake-consumer-groups.js';
import { changeSettings, defaultSettings, regenerateKey, updateHub } from './fake-hub-settings.js';
import { HubError, validateDeviceId, validateModuleId, type HubLimits } from '@linchpin/wire';
import { authorizeService, resolveHub } from './fake-authorization.js';
import { fakeAuditLogRpcs } from './fake-audit-log.js';
import { FakeCertificates } from './fake-certificates.js';
import { fakeBulkRpcs } from './fake-bulk-registry.js';
import { fakeIdentityJobs } from './fake-identity-jobs.js';
import { FakeTwins } from '../../src/domain/twins.fake.js';
import { fakeTwinQueries } from './fake-twin-queries.js';
import { fakeTwinRpcs } from './fake-twins.js';
import { fakeEdgeRpcs } from './fake-edge-access.js';
import type { StoredHub } from './stored-hub.js';

const listedHubsMax = 36;

export class FakeRegistry {
  readonly hubs = new Map<string, StoredHub>();
  /** Of every hub. */
  limits: HubLimits = { sku: 'S1', units: 1, unlimited: true };
  readonly jobs = fakeIdentityJobs();
  readonly twins = new FakeTwins((hub, identity) => this.#find(hub, identity));
  readonly queries = fakeTwinQueries();
  /** The full name of each rpc that was called, and the metadata it came with. */
  readonly calls: { readonly path: string; readonly metadata: Record<string, unknown> }[] = [];
  /** The newest first. */
  readonly auditEntries: AuditEntry[] = [];
  /** Thrown by every rpc while it is set. */
  failure: unknown;
  /** Every rpc waits for it, or the one that `gatedRpc` names. */
  gate: Promise<void> = Promise.resolve();
  gatedRpc: string | undefined;
  #server: RpcServer | undefined;
  #serial = 0;

  get address(): string {
    return this.#server?.address ?? '';
  }

  /** At the address that it had before, if it was stopped. */
  async start(): Promise<void> {
    const certificates = new FakeCertificates((name) => this.#hub(name));
    const consumerGroups = consumerGroupRpcs((hub) => this.#hub(hub).consumerGroups);
    const services = [
      [RegistryService, this.#registryRpcs()],
      [IdentityJobsService, this.jobs.rpcs],
      [TwinsService, fakeTwinRpcs(this.twins)],
      [TwinQueriesService, this.queries.rpcs],
      [BulkRegistryService, this.#bulkRpcs()],
      [AuditLogService, fakeAuditLogRpcs(this.auditEntries)],
      [EdgeAccessService, fakeEdgeRpcs(this.hubs)],
      [HubAdministrationService, this.#hubRpcs()],
      [CertificatesService, certificates.rpcs()],
      [ConsumerGroupsService, consumerGroups],
    ] as const;
    this.#server = await RpcServer.start(
      services.map(([service, rpcs]) => [service, this.#watched(rpcs)] as const),
      { port: this.#server?.port },
    );
  }

  stop(): void {
    this.#server?.stop();
  }

  addHub(request: CreateHubRequest): StoredHub {
    const hub: Hub = {
      ...request,
      hubGeneration: '7',
      partitionCount: request.partitionCount ?? 4,
      retentionDays: request.retentionDays ?? 1,
      hostNames: request.hostNames.length > 0 ? request.hostNames : [`${request.name}.hub.example`],
      telemetryTopic: `linchpin.events.${request.name.toLowerCase()}`,
      state: HubState.ACTIVE,
      etag: this.#nextTag(),
      settings: changeSettings(defaultSettings, request.changes),
    };
    const policies = defaultPolicies.map((policy) => ({
      ...policy,
      primaryKey: generateSymmetricKey(),
      secondaryKey: generateSymmetricKey(),
    }));
    const identities = new Map<string, Identity>();
    const stored = { hub, policies, identities, consumerGroups: ['$Default'] };
    this.hubs.set(hub.name.toLowerCase(), stored);
    return stored;
  }

  #registryRpcs(): Record<string, Rpc> {
    return {
      authenticateDevice: () => {
        throw new Error('the api authenticates no device');
      },
      authorizeService: (request: AuthorizeServiceRequest) =>
        authorizeService(this.hubs.values(), request, this.limits),
      resolveHub: (request: ResolveHubRequest) =>
        resolveHub(this.hubs.values(), request, this.limits),
      getIdentity: ({ hub, ...id }: { hub: string; deviceId: string }) => ({
        identity: this.#find(hub, id),
      }),
      createIdentity: ({ hub, definition }: { hub: string; definition: IdentityDefinition }) => ({
        identity: this.#create(hub, definition),
      }),
      updateIdentity: (request: {
        hub: string;
        definition: IdentityDefinition;
        ifMatch: string;
      }) => ({ identity: this.#update(request.hub, request.definition, request.ifMatch) }),
      deleteIdentity: (request: { hub: string; deviceId: string; ifMatch?: string }) => {
        this.#delete(request.hub, request, request.ifMatch ?? '*');
        return {};
      },
      listDevices: ({ hub, limit }: { hub: string; limit: number }) => ({
        devices: [...this.#identities(hub).values()]
          .filter(({ moduleId }) => moduleId === undefined)
          .slice(0, limit),
      }),
      listModules: ({ hub, deviceId }: { hub: string; deviceId: string }) => {
        this.#find(hub, { deviceId });
        return {
          modules: [...this.#identities(hub).values()].filter(
            (one) => one.deviceId === deviceId && one.moduleId !== undefined,
          ),
        };
      },
      getStatistics: ({ hub }: { hub: string }) => {
        const devices = [...this.#identities(hub).values()].filter((one) => !one.moduleId);
        const enabled = devices.filter(({ status }) => status === IdentityStatus.ENABLED).length;
        return {
          totalDeviceCount: BigInt(devices.length),
          enabledDeviceCount: BigInt(enabled),
          disabledDeviceCount: BigInt(devices.length - enabled),
          connectedDeviceCount: 0n,
          identityCountMax: 1_000n,
        };
      },
    };
  }

  #bulkRpcs(): Record<string, Rpc> {
    return fakeBulkRpcs({
      find: (hub, id) => this.#find(hub, id),
      create: (hub, definition) => this.#create(hub, definition),
      update: (hub, definition, ifMatch) => this.#update(hub, definition, ifMatch),
      delete: (hub, id, ifMatch) => {
        this.#delete(hub, id, ifMatch);
      },
    });
  }

  #hubRpcs(): Record<string, Rpc> {
    return {
      createHub: (request: CreateHubRequest) => this.#createHub(request),
      getHub: ({ name }: { name: string }) => ({ hub: this.#hub(name).hub }),
      listHubs: (request: ListHubsRequest) => this.#listHubs(request),
      countHubs: ({ subscriptionId }: CountHubsRequest) => this.#countHubs(subscriptionId),
      deleteHub: ({ name }: { name: string }) => {
        this.#hub(name);
        this.hubs.delete(name.toLowerCase());
        return {};
      },
      updateHub: (request: UpdateHubRequest) => ({
        hub: updateHub(this.#hub(request.name), request, this.#nextTag()),
      }),
      regeneratePolicyKey: ({ hub, policy, side }: RegeneratePolicyKeyRequest) => ({
        policy: regenerateKey(this.#hub(hub).policies, policy, side),
      }),
      listPolicies: ({ hub }: { hub: string }) => ({ policies: this.#hub(hub).policies }),
    };
  }

  /** Remembers who called, waits at the gate, and fails while the test says so. */
  #watched(rpcs: Readonly<Record<string, Rpc>>): Record<string, Rpc> {
    const watched = Object.entries(rpcs).map(([name, rpc]): [string, Rpc] => [
      name,
      async (request, call) => {
        this.calls.push({ path: call.path, metadata: call.metadata.getMap() });
        if (this.gatedRpc === undefined || call.path.endsWith(`/${this.gatedRpc}`)) {
          await this.gate;
        }
        if (this.failure !== undefined) {
          throw this.failure as Error;
        }
        return rpc(request, call);
      },
    ]);
    return Object.fromEntries(watched);
  }

  #createHub(request: CreateHubRequest): object {
    const existing = this.hubs.get(request.name.toLowerCase());
    return existing === undefined
      ? { hub: this.addHub(request).hub, created: true }
      : { hub: existing.hub, created: false };
  }

  #listHubs({ after }: ListHubsRequest): ListHubsResponse {
    const behind = [...this.hubs.values()]
      .map(({ hub }) => hub)
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .filter(({ name }) => name > after);
    const hubs = behind.slice(0, listedHubsMax);
    return { hubs, next: hubs.length < behind.length ? hubs.at(-1)?.name : undefined };
  }

  #countHubs(subscriptionId: string): CountHubsResponse {
    const own = [...this.hubs.values()].filter(({ hub }) => hub.subscriptionId === subscriptionId);
    const free = own.filter(({ hub }) => hub.settings?.limits?.sku === 'F1').length;
    return { free, paid: own.length - free };
  }

  #create(hub: string, definition: IdentityDefinition): Identity {
    validateDeviceId(definition.deviceId);
    const { deviceId, moduleId } = definition;
    if (moduleId !== undefined) {
      validateModuleId(moduleId);
      this.#find(hub, { deviceId });
    }
    if (this.#identities(hub).has(keyOf(definition))) {
      throw new HubError(
        moduleId === undefined ? 'DeviceAlreadyExists' : 'ModuleAlreadyExistsOnDevice',
        'It exists already.',
      );
    }
    return this.#store(hub, definition, `63890011223344${String(++this.#serial).padStart(4, '0')}`);
  }

  #update(hub: string, definition: IdentityDefinition, ifMatch: string): Identity {
    const found = this.#find(hub, definition);
    checkTag(found.etag, ifMatch);
    return this.#store(hub, definition, found.generationId);
  }

  #delete(hub: string, id: { readonly deviceId: string }, ifMatch: string): void {
    const found = this.#find(hub, id);
    checkTag(found.etag, ifMatch);
    this.#identities(hub).delete(keyOf(found));
  }

  #store(hub: string, definition: IdentityDefinition, generationId: string): Identity {
    const { authentication, status, ...same } = definition;
    const type = authentication?.type ?? AuthenticationType.UNSPECIFIED;
    const isSas = type === AuthenticationType.SAS || type === AuthenticationType.UNSPECIFIED;
    const identity: Identity = {
      ...same,
      generationId,
      etag: this.#nextTag(),
      status: status === IdentityStatus.UNSPECIFIED ? IdentityStatus.ENABLED : status,
      connectionState: ConnectionState.DISCONNECTED,
      cloudToDeviceMessageCount: 0,
      authentication: isSas
        ? {
            type: AuthenticationType.SAS,
            primaryKey: orGenerated(authentication?.primaryKey),
            secondaryKey: orGenerated(authentication?.secondaryKey),
          }
        : { ...authentication, type },
    };
    this.#identities(hub).set(keyOf(identity), identity);
    return identity;
  }

  #find(
    hub: string,
    id: { readonly deviceId: string; readonly moduleId?: string | undefined },
  ): Identity {
    validateDeviceId(id.deviceId);
    const found = this.#identities(hub).get(keyOf(id));
    if (found === undefined) {
      const isModule = id.moduleId !== undefined && this.#identities(hub).has(id.deviceId);
      throw new HubError(isModule ? 'ModuleNotFound' : 'DeviceNotFound', 'It is not registered.');
    }
    return found;
  }

  #identities(hub: string): Map<string, Identity> {
    return this.#hub(hub).identities;
  }

  #hub(name: string): StoredHub {
    const stored = this.hubs.get(name.toLowerCase());
    if (stored === undefined) {
      throw new HubError('GenericNotFound', 'There is no hub of that name.');
    }
    return stored;
  }

  #nextTag(): string {
    return Buffer.from(String(++this.#serial)).toString('base64');
  }
}

function keyOf({
  deviceId,
  moduleId,
}: {
  deviceId: string;
  moduleId?: string | undefined;
}): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

function orGenerated(key: string | undefined): string {
  return key === undefined || key === '' ? generateSymmetricKey() : key;
}

function checkTag(stored: string, expected: string): void {
  if (expected !== '*' && expected !== stored) {
    throw new HubError('PreconditionFailed', 'The entity tag differs.');
  }
}

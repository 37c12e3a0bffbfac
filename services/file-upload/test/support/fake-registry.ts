/**
 * The registry as far as jobs and uploads can tell: its services over real gRPC, answered from memory. It keeps the
 * order of pages and the generations of hubs; of rows it only remembers them.
 */
import {
  AuditLogService,
  AuthenticationType,
  BulkRegistryService,
  ConnectionState,
  IdentityPagesService,
  IdentityStatus,
  UploadSettingsService,
  type AddAuditEntryRequest,
  type ApplyRowsRequest,
  type BulkRow,
  type GetHubGenerationRequest,
  type GetUploadSettingsRequest,
  type GetUploadSettingsResponse,
  type Identity,
  type ListIdentitiesRequest,
} from '@linchpin/contracts';
import type { Actor } from '@linchpin/platform/actor';
import { RpcServer, type Rpc, type RpcCall } from '@linchpin/testing/grpc';
import { HubError } from '@linchpin/wire';

interface FakeAuditEntry {
  readonly operation: string;
  readonly subject: unknown;
  readonly details: unknown;
  readonly actor: Partial<Actor>;
}

export class FakeRegistry {
  /** By the hub's name; an absent hub does not exist. */
  readonly generations = new Map([
    ['hub-a', 'generation-a'],
    ['hub-b', 'generation-b'],
    ['hub-c', 'generation-of-c'],
  ]);
  /** By the hub's name. */
  readonly uploadSettings = new Map<string, GetUploadSettingsResponse>();
  /** Of hub-a, in the order of pages. */
  identities: Identity[] = [];
  readonly applied: BulkRow[] = [];
  /** By device id: why a row of it is refused. */
  readonly refusals = new Map<string, { readonly code: string; readonly message: string }>();
  /** Pages and rows wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** Entries of jobs that are made in hub-a wait for it. */
  creationGate: Promise<void> = Promise.resolve();
  /** Who pages and rows were asked for: JSON of a CallingActor. */
  readonly actors = new Set<string>();
  /** The newest last. */
  readonly audited: FakeAuditEntry[] = [];
  /** Whether entries of the audit log are refused, as by a registry that cannot store them. */
  isAuditLogAway = false;
  /** So many pages and calls with rows were asked for. */
  asked = 0;
  /** So many of the next calls with rows are answered as by a server that is going away. */
  outages = 0;
  #server: RpcServer | undefined;

  /** Forgets what tests said and asked for. */
  reset(): void {
    this.identities = [];
    this.applied.length = 0;
    this.refusals.clear();
    this.actors.clear();
    this.audited.length = 0;
    this.isAuditLogAway = false;
    this.asked = 0;
  }

  get address(): string {
    return this.#server?.address ?? '';
  }

  async start(): Promise<void> {
    const pages = {
      getHubGeneration: ({ hub }: GetHubGenerationRequest, { actor }: RpcCall) => ({
        hubGeneration: this.#generation(hub, actor),
      }),
      countIdentities: () => ({ count: BigInt(this.identities.length) }),
      listIdentities: this.#counted((request: ListIdentitiesRequest, actor) =>
        this.#list(request, actor),
      ),
    };
    const applyRows = this.#counted((request: ApplyRowsRequest, actor) =>
      this.#apply(request, actor),
    );
    const addAuditEntry = (request: AddAuditEntryRequest, { actor }: RpcCall) =>
      this.#audit(request, actor);
    this.#server = await RpcServer.start([
      [AuditLogService, { addAuditEntry }],
      [IdentityPagesService, pages],
      [BulkRegistryService, { applyRows }],
      [
        UploadSettingsService,
        { getUploadSettings: (request: GetUploadSettingsRequest) => this.#settings(request) },
      ],
    ]);
  }

  stop(): void {
    this.#server?.stop();
  }

  /** Of the hub for which the caller acts, or of any where it says none. */
  #generation(hub: string, actor: Partial<Actor>): string {
    const generation = this.generations.get(hub);
    const { hubGeneration = generation } = actor;
    if (generation === undefined || generation !== hubGeneration) {
      throw new HubError('IotHubNotFound', 'There is no such hub.');
    }
    return generation;
  }

  #settings({ hub, hubGeneration }: GetUploadSettingsRequest): GetUploadSettingsResponse {
    this.#generation(hub, { hubGeneration });
    return this.uploadSettings.get(hub) ?? { storage: undefined, notifications: undefined };
  }

  #list({ hub, after, limit }: ListIdentitiesRequest, actor: Partial<Actor>): object {
    this.#generation(hub, actor);
    const start = after
      ? this.identities.findIndex(
          ({ deviceId, moduleId = '' }) =>
            deviceId === after.deviceId && moduleId === after.moduleId,
        ) + 1
      : 0;
    return { identities: this.identities.slice(start, start + limit) };
  }

  #apply({ hub, rows }: ApplyRowsRequest, actor: Partial<Actor>): object {
    if (this.outages > 0) {
      this.outages -= 1;
      throw new HubError('ServiceUnavailable', 'going away');
    }
    this.#generation(hub, actor);
    this.applied.push(...rows);
    return {
      results: rows.map(({ definition }) => ({
        failure: this.refusals.get(definition?.deviceId ?? ''),
      })),
    };
  }

  async #audit(request: AddAuditEntryRequest, actor: Partial<Actor>): Promise<object> {
    const { hub, operation, subjectJson, detailsJson } = request;
    if (hub === 'hub-a' && operation === 'CreateJob') {
      await this.creationGate;
    }
    this.#generation(hub, actor);
    if (this.isAuditLogAway) {
      throw new HubError('ServiceUnavailable', 'The database does not answer.');
    }
    const [subject, details] = [subjectJson, detailsJson].map(
      (text) => JSON.parse(text) as unknown,
    );
    this.audited.push({ operation, subject, details, actor });
    return {};
  }

  /** Of pages and rows. */
  #counted(work: (request: never, actor: Partial<Actor>) => object): Rpc {
    return async (request, { actor }) => {
      this.asked += 1;
      this.actors.add(JSON.stringify(actor));
      await this.gate;
      return work(request, actor);
    };
  }
}

export function identity(deviceId: string, members: Partial<Identity> = {}): Identity {
  return {
    deviceId,
    generationId: '638900112233440001',
    etag: 'MQ==',
    status: IdentityStatus.ENABLED,
    connectionState: ConnectionState.DISCONNECTED,
    cloudToDeviceMessageCount: 0,
    authentication: { type: AuthenticationType.SAS, primaryKey: 'cA==', secondaryKey: 'cw==' },
    iotEdge: false,
    parentScopes: [],
    ...members,
  };
}

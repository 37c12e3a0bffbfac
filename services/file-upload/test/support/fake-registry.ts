/**
 * The registry as far as jobs can tell: its services over real gRPC, answered from memory. It keeps the
 * order of pages and the generations of hubs; of rows it only remembers them.
 */
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import {
  AuditLogService,
  AuthenticationType,
  BulkRegistryService,
  ConnectionState,
  IdentityPagesService,
  IdentityStatus,
  type AddAuditEntryRequest,
  type ApplyRowsRequest,
  type BulkRow,
  type GetHubGenerationRequest,
  type Identity,
  type ListIdentitiesRequest,
} from '@linchpin/contracts';
import { toGrpcFailure } from '@linchpin/platform/grpc';
import { HubError } from '@linchpin/wire';

/** Who a call is made for, as its metadata says. */
interface CallingActor {
  readonly kind?: string;
  readonly name?: string;
  readonly clientAddress?: string;
  readonly requestId?: string;
  readonly jobId?: string;
  readonly hubGeneration?: string;
}

interface FakeAuditEntry {
  readonly operation: string;
  readonly subject: unknown;
  readonly details: unknown;
  readonly actor: CallingActor;
}

type Rpc = (request: never, actor: CallingActor) => object;

export class FakeRegistry {
  /** By the hub's name; an absent hub does not exist. */
  readonly generations = new Map([
    ['hub-a', 'generation-a'],
    ['hub-b', 'generation-b'],
    ['hub-c', 'generation-of-c'],
  ]);
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
  #server = new Server();
  #port = 0;

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
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const pages: Record<string, Rpc> = {
      getHubGeneration: ({ hub }: GetHubGenerationRequest, actor) => ({
        hubGeneration: this.#generation(hub, actor),
      }),
      countIdentities: () => ({ count: BigInt(this.identities.length) }),
      listIdentities: (request: ListIdentitiesRequest, actor) => this.#list(request, actor),
    };
    const bulk: Record<string, Rpc> = {
      applyRows: (request: ApplyRowsRequest, actor) => this.#apply(request, actor),
      regenerateKeys: () => {
        throw new Error('no job makes new keys');
      },
    };
    const auditLog: Record<string, Rpc> = {
      listAuditEntries: () => {
        throw new Error('no job asks for entries');
      },
      addAuditEntry: (request: AddAuditEntryRequest, actor) => this.#audit(request, actor),
    };
    this.#server.addService(AuditLogService, this.#implement(auditLog));
    this.#server.addService(IdentityPagesService, this.#implement(pages));
    this.#server.addService(BulkRegistryService, this.#implement(bulk));
    this.#port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) {
          resolve(port);
        } else {
          reject(error);
        }
      });
    });
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  /** Of the hub for which the caller acts, or of any where it says none. */
  #generation(hub: string, actor: CallingActor): string {
    const generation = this.generations.get(hub);
    const { hubGeneration = generation } = actor;
    if (generation === undefined || generation !== hubGeneration) {
      throw new HubError('IotHubNotFound', 'There is no such hub.');
    }
    return generation;
  }

  #list({ hub, after, limit }: ListIdentitiesRequest, actor: CallingActor): object {
    this.#generation(hub, actor);
    const start = after
      ? this.identities.findIndex(
          ({ deviceId, moduleId = '' }) =>
            deviceId === after.deviceId && moduleId === after.moduleId,
        ) + 1
      : 0;
    return { identities: this.identities.slice(start, start + limit) };
  }

  #apply({ hub, rows }: ApplyRowsRequest, actor: CallingActor): object {
    this.#generation(hub, actor);
    this.applied.push(...rows);
    return {
      results: rows.map(({ definition }) => ({
        failure: this.refusals.get(definition?.deviceId ?? ''),
      })),
    };
  }

  #audit(request: AddAuditEntryRequest, actor: CallingActor): object {
    const { hub, operation, subjectJson, detailsJson } = request;
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

  #implement(rpcs: Record<string, Rpc>): UntypedServiceImplementation {
    const implementation: UntypedServiceImplementation = {};
    for (const [name, rpc] of Object.entries(rpcs)) {
      implementation[name] = (
        call: ServerUnaryCall<object, object>,
        callback: sendUnaryData<object>,
      ) => {
        void this.#answer(name, rpc, call, callback);
      };
    }
    return implementation;
  }

  async #answer(
    name: string,
    rpc: Rpc,
    call: ServerUnaryCall<object, object>,
    callback: sendUnaryData<object>,
  ): Promise<void> {
    const [metadata = '{}'] = call.metadata.get('linchpin-actor-bin');
    if (name === 'listIdentities' || name === 'applyRows') {
      this.asked += 1;
      this.actors.add(String(metadata));
      await this.gate;
    }
    const { hub, operation } = call.request as Partial<AddAuditEntryRequest>;
    if (hub === 'hub-a' && operation === 'CreateJob') {
      await this.creationGate;
    }
    if (name === 'applyRows' && this.outages > 0) {
      this.outages -= 1;
      callback({ code: status.UNAVAILABLE, details: 'going away' });
      return;
    }
    try {
      callback(null, rpc(call.request as never, JSON.parse(String(metadata)) as CallingActor));
    } catch (error) {
      callback(toGrpcFailure(error));
    }
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

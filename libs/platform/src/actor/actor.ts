/**
 * On whose behalf a process works: whoever asked for what it does just now. The service that judged a
 * credential says who it was; each that it calls is told so beside the call (`callUnary`,
 * `ActorInterceptor`), and whoever stores a change stores with it who made it.
 */
import assert from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Proven by a shared access policy's key, by a bearer token, by the admin token, by a device's own
 * credential; or nobody but the process itself, which finishes or clears up on its own account.
 */
const actorKinds = ['policy', 'principal', 'administrator', 'device', 'process'] as const;

type ActorKind = (typeof actorKinds)[number];

export interface Actor {
  readonly kind: ActorKind;
  /** Of the policy, of the principal as its issuer names it, of the device, of the process. */
  readonly name: string;
  /** Absent for a process. */
  readonly clientAddress?: string | undefined;
  /** The one that the client sees as `x-ms-request-id`. */
  readonly requestId?: string | undefined;
  /** Of the job by which it is done, long after whoever asked for it. */
  readonly jobId?: string | undefined;
  /**
   * Of the hub for which it was judged: what it asks for is not done to a later hub of the same name.
   * Absent for who may do it to any.
   */
  readonly hubGeneration?: string | undefined;
}

const storage = new AsyncLocalStorage<Actor>();

/** All that `work` does, whatever it awaits, is done on behalf of `actor`. */
export function actAs<Result>(actor: Actor, work: () => Result): Result {
  return storage.run(actor, work);
}

/** Undefined when the process acts on its own account. */
export function currentActor(): Actor | undefined {
  return storage.getStore();
}

/** A service that asks on its own account, of one hub: a later one of its name is not meant. */
export function actorForHub(service: string, hubGeneration: string): Actor {
  return { kind: 'process', name: service, hubGeneration };
}

/** For the metadata of a call. */
export function encodeActor(actor: Actor): Buffer {
  return Buffer.from(JSON.stringify(storableActor(actor)));
}

/** @throws AssertionError for what no service of ours sends */
export function decodeActor(bytes: Buffer): Actor {
  const { kind, name, ...others } = JSON.parse(bytes.toString()) as Partial<Actor>;
  assert(kind !== undefined && actorKinds.includes(kind), 'an actor is of a known kind');
  assert(typeof name === 'string', 'an actor has a name');
  return storableActor({ ...others, kind, name });
}

function storableActor(actor: Actor): Actor {
  const { kind, name, clientAddress, requestId, jobId, hubGeneration } = actor;
  return {
    kind,
    name: storable(name),
    clientAddress: storableText(clientAddress),
    requestId: storableText(requestId),
    jobId: storableText(jobId),
    hubGeneration: storableText(hubGeneration),
  };
}

function storableText(text: unknown): string | undefined {
  return typeof text === 'string' ? storable(text) : undefined;
}

const lengthMax = 256;

/** Names come from outside: no control character reaches a table or a log, and none grows without end. */
function storable(text: string): string {
  return text.slice(0, lengthMax).replace(/\p{Cc}/gu, '\ufffd');
}

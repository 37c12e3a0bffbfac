/** What a connection asks of its twin (device-mqtt.md sections 9 and 11). */
import type { NamedRooms } from '@linchpin/fairness';
import { azureLimits, HubError, type PublishTopic } from '@linchpin/wire';
import type { DeviceSession } from './device-session.js';
import type { DeviceTwins } from './device-twins.js';
import type { HubLimiter } from './hub-limiter.js';

type TwinRequest = Extract<PublishTopic, { readonly kind: 'twin-get' | 'reported-patch' }>;

export type TwinAnswer =
  | { readonly kind: 'properties'; readonly requestId: string; readonly json: string }
  | { readonly kind: 'patched'; readonly requestId: string; readonly version: bigint }
  | { readonly kind: 'failed'; readonly requestId: string; readonly error: unknown };

interface TwinRequestsOptions {
  readonly session: DeviceSession;
  readonly twins: DeviceTwins;
  readonly limiter: HubLimiter;
  /** For what waits, by hubs. */
  readonly rooms: NamedRooms;
  /** Called once for each request. */
  readonly onAnswer: (answer: TwinAnswer) => void;
  /** ms of a clock that only goes forward. */
  readonly now: () => number;
}

/** Beside a patch: its place in the queue and its topic. */
const requestOverheadBytes = 4_096;

/** What may wait of one connection: 64 reads, or one patch of the largest size and some others. */
const waitingBytesMax = 256 * 1024;

/**
 * So long a request waits for those before it. With the hub's turn (3.5 s at most) and the call (3 s) an
 * answer takes less than 10 s.
 */
const queueMsMax = 3_000;

/**
 * The twin requests of one connection: carried out in the order in which they came, one after the other, and
 * each of them answered.
 */
export class TwinRequests {
  #waitingBytes = 0;
  #isEnded = false;
  #last: Promise<void> = Promise.resolve();
  #read: Promise<void> | undefined;

  constructor(private readonly options: TwinRequestsOptions) {}

  /** @param payload kept until its turn; of a read it means nothing */
  ask(request: TwinRequest, payload: Buffer): void {
    const patch = request.kind === 'reported-patch' ? payload : Buffer.alloc(0);
    const bytes = requestOverheadBytes + patch.length;
    const { session, rooms, onAnswer, now } = this.options;
    const room = rooms.enter(session.grant.hub);
    const refusal = this.#refusalOf(patch) ?? (room.resize(bytes) ? undefined : tooManyWait());
    if (refusal !== undefined) {
      room.leave();
      onAnswer({ kind: 'failed', requestId: request.requestId, error: refusal });
      return;
    }
    this.#waitingBytes += bytes;
    const arrivedMs = now();
    this.#last = this.#last.then(async () => {
      await this.#carryOut(request, patch, arrivedMs);
      this.#waitingBytes -= bytes;
      room.leave();
    });
  }

  /** Resolves when all that came is carried out. */
  idle(): Promise<void> {
    return this.#last;
  }

  /**
   * Resolves when a read that is under way is answered: what changed meanwhile it may show or not, so the
   * device is told of the change after it (section 9.3).
   */
  readAnswered(): Promise<void> {
    return this.#read?.catch(() => undefined) ?? Promise.resolve();
  }

  /** Nobody hears answers any more; patches that came are still applied (section 11). */
  end(): void {
    this.#isEnded = true;
  }

  #refusalOf(patch: Buffer): HubError | undefined {
    const { reportedPatchBytesMax } = azureLimits;
    if (patch.length > reportedPatchBytesMax) {
      const bounds = `${patch.length} bytes; ${reportedPatchBytesMax} are allowed`;
      return new HubError('MessageTooLarge', `A patch of ${bounds}.`);
    }
    const bytes = requestOverheadBytes + patch.length;
    return this.#waitingBytes + bytes > waitingBytesMax ? tooManyWait() : undefined;
  }

  async #carryOut(request: TwinRequest, patch: Buffer, arrivedMs: number): Promise<void> {
    const { limiter, onAnswer, now } = this.options;
    const isRead = request.kind === 'twin-get';
    if (this.#isEnded && isRead) {
      return;
    }
    try {
      if (now() - arrivedMs > queueMsMax) {
        throw new HubError('ThrottlingBacklogTimeout', 'The requests before it took too long.');
      }
      await limiter.admitTwinRequest(isRead ? 'twinReads' : 'twinUpdates');
      const answered = this.#answer(request, patch);
      this.#read = isRead ? answered : undefined;
      await answered;
    } catch (error) {
      onAnswer({ kind: 'failed', requestId: request.requestId, error });
    } finally {
      this.#read = undefined;
    }
  }

  async #answer(request: TwinRequest, patch: Buffer): Promise<void> {
    const { session, twins, onAnswer } = this.options;
    const { requestId } = request;
    if (request.kind === 'twin-get') {
      onAnswer({ kind: 'properties', requestId, json: await twins.readProperties(session) });
    } else {
      const version = await twins.patchReported(session, patch, request.ifVersion);
      onAnswer({ kind: 'patched', requestId, version });
    }
  }
}

function tooManyWait(): HubError {
  return new HubError('ThrottleBacklogLimitExceeded', 'Too many twin requests wait; try again.');
}

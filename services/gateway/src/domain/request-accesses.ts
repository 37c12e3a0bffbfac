/** Whom requests come from that hold no identity, as those of HTTPS do (device-https.md section 1.3). */
import type { ClientSource } from '@linchpin/auth';
import { HubError } from '@linchpin/wire';
import { establishAccess, type AccessHolder } from './access-entry.js';
import type { CredentialClaim } from './authenticator.js';
import type { ConnectionTable, IdentityEntry } from './connection-table.js';
import { accessLeftMs, type DeviceSession } from './device-session.js';
import type { HubLimiter } from './hub-limiter.js';
import type { HubLimiters } from './hub-limiters.js';
import type { SessionOpener } from './open-session.js';
import { TelemetrySender, type TelemetryCounter } from './send-telemetry.js';
import type { TelemetryLog } from './telemetry-log.js';

export type RequestClaim = Omit<CredentialClaim, 'client'>;

/** Whose requests they are, and what they may do. */
export interface RequestAccess {
  readonly session: DeviceSession;
  readonly limiter: HubLimiter;
  readonly telemetry: TelemetrySender;
  /** For who has waited since he was admitted, as for a body. @throws HubError when it counts no more */
  readonly checkCounts: () => void;
}

interface RequestAccessesParts {
  readonly opener: Pick<SessionOpener, 'judge'>;
  readonly table: ConnectionTable;
  readonly limiters: HubLimiters;
  readonly telemetryLog: TelemetryLog;
  /** Of the hub's telemetry that comes by no connection of a device. */
  readonly counterOf: (hub: string) => TelemetryCounter;
  readonly client: ClientSource;
  readonly connectionId: string;
  readonly now: () => Date;
}

/** More take turns: an SDK has one device on a connection. */
const keptMax = 4;

/** Of host, identity and token; with longer ones each request is judged. */
const keptLengthMax = 2_048;

/**
 * The accesses of one connection's requests. Each request has its own credential; but one that was judged counts for the
 * requests that show it again, until it ends or anything changes that it rests on. No connection of the identity comes
 * of it: no presence, no event, and nothing of the hub's rate of connections, since each request has a rate of its own.
 */
export class RequestAccesses {
  /** By what was shown; the one that was asked for last is the last. */
  readonly #kept = new Map<string, JudgedAccess>();
  #isOver = false;

  constructor(private readonly parts: RequestAccessesParts) {}

  /** @throws HubError why it is refused; `ServiceUnavailable` when nobody could judge it */
  async admit(claim: RequestClaim): Promise<RequestAccess> {
    const key = keyOf(claim);
    const kept = this.#kept.get(key);
    this.#kept.delete(key);
    const access =
      kept?.counts(this.parts.now()) === true ? kept : new JudgedAccess(this.parts, claim);
    if (access !== kept) {
      void kept?.end();
    }
    this.#keep(key, access);
    return access.granted;
  }

  /** The connection is over. */
  end(): void {
    this.#isOver = true;
    for (const access of this.#kept.values()) {
      void access.end();
    }
    this.#kept.clear();
  }

  #keep(key: string, access: JudgedAccess): void {
    if (this.#isOver || key.length > keptLengthMax) {
      void access.end();
      return;
    }
    this.#kept.set(key, access);
    for (const [oldest, other] of this.#kept) {
      if (this.#kept.size <= keptMax) {
        break;
      }
      this.#kept.delete(oldest);
      void other.end();
    }
  }
}

/** One credential, from when it is judged. */
class JudgedAccess implements AccessHolder {
  readonly client: ClientSource;
  readonly granted: Promise<RequestAccess>;
  readonly #entry: IdentityEntry;
  #isEnded = false;

  constructor(
    private readonly parts: RequestAccessesParts,
    claim: RequestClaim,
  ) {
    this.client = parts.client;
    this.#entry = parts.table.addHolder(this, claim.identity);
    this.granted = this.#judge(claim);
    this.granted.catch(() => this.end());
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether it is being judged or was found good, and is so still. */
  counts(now: Date): boolean {
    const { grant } = this.#entry;
    return !this.#isEnded && (grant === undefined || (accessLeftMs(grant, now.getTime()) ?? 1) > 0);
  }

  /** For requests that come from now on, and those that have not done yet what they are for. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.granted.catch(() => undefined);
    this.parts.table.remove(this.#entry);
  }

  async #judge(claim: RequestClaim): Promise<RequestAccess> {
    const { opener, limiters, telemetryLog, counterOf, client, connectionId } = this.parts;
    const { host, identity } = claim;
    const grant = await establishAccess([this.#entry], () => opener.judge({ ...claim, client }));
    const session = { identity, grant, connectionId, modelId: undefined };
    const limiter = limiters.learn(grant, grant.limits, host);
    const telemetry = new TelemetrySender(telemetryLog, session, counterOf(grant.hub), limiter);
    return {
      ...{ session, limiter, telemetry },
      checkCounts: () => {
        if (!this.counts(this.parts.now())) {
          throw new HubError('IotHubUnauthorized', 'The credential does not count any more.');
        }
      },
    };
  }
}

/** An id is whatever a path names: it may hold what stands between ids elsewhere. */
function keyOf({ host, identity, credential }: RequestClaim): string {
  const token = credential.kind === 'sas' ? credential.token : '';
  return JSON.stringify([host, identity.deviceId, identity.moduleId, token]);
}

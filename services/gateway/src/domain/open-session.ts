import { originOf } from '@linchpin/auth';
import { FairTurns } from '@linchpin/fairness';
import { HubError, identityKey, type DeviceIdentityId, type EndCause } from '@linchpin/wire';
import { establishAccess } from './access-entry.js';
import type { Authenticator, Credential, CredentialClaim } from './authenticator.js';
import type { ConnectionEntry, ConnectionTable } from './connection-table.js';
import type { DeviceConnection } from './device-connection.js';
import type { DeviceSession, Grant } from './device-session.js';
import type { FaultInjector } from './fault-injection.js';
import type { HubLimiter } from './hub-limiter.js';
import type { HubLimiters } from './hub-limiters.js';
import {
  PresenceAway,
  type FormerHolder,
  type HeldIdentity,
  type Presence,
  type PresenceGrant,
} from './presence.js';

/** What a client says of itself; nothing of it is proven. */
export interface ConnectClaim {
  readonly host: string;
  readonly identity: DeviceIdentityId;
  readonly credential: Credential;
  readonly modelId: string | undefined;
  readonly cleanSession: boolean;
}

/** A client that was let in, and the place that it has until the session is closed. */
export interface OpenedSession {
  readonly session: DeviceSession;
  readonly entry: ConnectionEntry;
  readonly held: HeldIdentity;
  readonly presence: PresenceGrant;
  /** What the hub may do. */
  readonly limiter: HubLimiter;
  /** What the client subscribes to outlives its connection. */
  readonly keepsState: boolean;
  /** An injected fault: each message ends the connection. */
  readonly refusesMessages: boolean;
}

/** Ends a connection that another gateway holds. */
export interface PeerGateways {
  /** Resolves when it is detached, or when its gateway gives no answer. */
  disconnect(former: FormerHolder): Promise<void>;
}

interface SessionOpenerOptions {
  readonly gatewayId: string;
  readonly authenticator: Authenticator;
  readonly presence: Presence;
  readonly peers: PeerGateways;
  readonly table: ConnectionTable;
  readonly limiters: HubLimiters;
  /** Behind a switch, for the SDKs' own test suites. */
  readonly faults?: FaultInjector | undefined;
}

/**
 * Credentials of one gateway that are with the registry at once: enough for what a gateway can shake hands
 * with, 550 clients a second (docs/benchmarks.md), and what a hub's storm or a forger can put before others.
 */
const judgedAtOnceMax = 32;
/** With the time of the call itself 10 s: so long a client waits at most while the registry is away. */
const judgeWaitMsMax = 5_000;

/** While Kafka is away the former connection's messages are not stored; the newcomer waits no longer. */
const detachMs = 3_000;

/**
 * Lets a client in: its credential is judged, it takes its identity's place, and whoever held the
 * place is gone before the client hears that it is connected (device-mqtt.md section 2.10). A refused
 * client disturbs nobody, and neither does one that is gone before its credential was judged.
 */
export class SessionOpener {
  readonly #judgements = new FairTurns({ atOnceMax: judgedAtOnceMax, waitMsMax: judgeWaitMsMax });

  constructor(private readonly options: SessionOpenerOptions) {}

  /** @throws HubError why the client is refused; `ServiceUnavailable` when it may try again */
  async open(claim: ConnectClaim, connection: DeviceConnection): Promise<OpenedSession> {
    const { table } = this.options;
    const { identity, modelId, cleanSession } = claim;
    const entry = table.add(connection, identity);
    try {
      const { grant, limiter } = await this.#admit(claim, entry);
      const refusesMessages = await this.#admitFaulty(entry, grant);
      const { hub, hubGeneration, generationId } = grant;
      const connectionId = connection.id;
      const held = { hub, hubGeneration, identity, generationId, connectionId, modelId };
      const presence = await this.#takePlace(entry, held, cleanSession);
      const session = { identity, grant, connectionId, modelId };
      const keepsState = !cleanSession;
      return { session, entry, held, presence, limiter, keepsState, refusesMessages };
    } catch (error) {
      table.remove(entry);
      throw error;
    }
  }

  /** Judges a credential without letting anybody in, in turn with those who connect. @throws HubError */
  judge(proof: CredentialClaim): Promise<Grant> {
    return this.#inTurn(proof, () => this.options.authenticator.authenticate(proof));
  }

  /**
   * Judges a newer credential of a client that is in: from now on its access rests on that.
   *
   * @throws HubError when it is refused: what held before holds on
   */
  async renew({ entry, held }: OpenedSession, claim: ConnectClaim): Promise<Grant> {
    try {
      return await this.#judgeInTurn(claim, entry, held);
    } finally {
      entry.endJudgement();
    }
  }

  /**
   * Gives the place up, once the connection has given back what its client did not take, if it had something:
   * until then a newcomer finds it, and waits.
   */
  async close(
    { entry, held, keepsState }: OpenedSession,
    cause: EndCause,
    givenBack?: Promise<void>,
  ): Promise<void> {
    if (givenBack !== undefined) {
      await givenBack;
    }
    this.options.table.remove(entry);
    this.options.presence.release(held, cause, keepsState);
  }

  /**
   * Nobody waits for the hub's rate of connections before his credential was judged: whoever has none would
   * stand before those who have one. Who would find too many of them waiting is not judged at all, so that
   * a storm of the hub's own devices costs the registry no more than the hub may let in.
   */
  async #admit(
    claim: ConnectClaim,
    entry: ConnectionEntry,
  ): Promise<{ readonly grant: Grant; readonly limiter: HubLimiter }> {
    const { limiters } = this.options;
    const { connection } = entry;
    limiters.findByHost(claim.host)?.expectTurn();
    const grant = await this.#judgeInTurn(claim, entry);
    connection.proven(grant);
    const limiter = limiters.learn(grant, grant.limits, claim.host);
    await limiter.admitConnection();
    if (connection.isEnded) {
      limiter.giveBackConnection();
      expectOpen(connection);
    }
    return { grant, limiter };
  }

  #judgeInTurn(claim: ConnectClaim, entry: ConnectionEntry, former?: HeldIdentity): Promise<Grant> {
    const { client } = entry.connection;
    return this.#inTurn({ ...claim, client }, () => this.#judge(claim, entry, former));
  }

  /** Names under which nobody was let in yet count as one hub. */
  #inTurn(
    { host, client }: Pick<CredentialClaim, 'host' | 'client'>,
    judge: () => Promise<Grant>,
  ): Promise<Grant> {
    const hub = this.options.limiters.findByHost(host)?.hub.hub ?? '';
    return this.#judgements.inTurn({ hub, origin: originOf(client.address) }, judge);
  }

  /** @param former what the connection stays; one of the same id may be of another hub, or made anew */
  #judge(claim: ConnectClaim, entry: ConnectionEntry, former?: HeldIdentity): Promise<Grant> {
    return establishAccess([entry], async () => {
      expectOpen(entry.connection);
      const { host, identity, credential } = claim;
      const { client } = entry.connection;
      const proof = { host, client, identity, credential };
      const grant = await this.options.authenticator.authenticate(proof);
      requireSame(grant, former);
      return grant;
    });
  }

  async #admitFaulty({ identity }: ConnectionEntry, { hub }: Grant): Promise<boolean> {
    return (await this.options.faults?.admit(identityKey(hub, identity))) ?? false;
  }

  async #takePlace(
    entry: ConnectionEntry,
    held: HeldIdentity,
    cleanSession: boolean,
  ): Promise<PresenceGrant> {
    expectOpen(entry.connection);
    try {
      const presence = await this.options.presence.claim({ ...held, cleanSession });
      entry.hold(held);
      await this.#detach(presence.former);
      expectOpen(entry.connection);
      return presence;
    } catch (error) {
      if (!(error instanceof PresenceAway)) {
        this.#withdraw(held, !cleanSession);
      }
      throw error;
    }
  }

  /**
   * A claim without an answer may have pushed someone out, who would not know. Detach them once the store
   * says who.
   */
  #withdraw(held: HeldIdentity, keepSession: boolean): void {
    void this.options.presence
      .withdraw(held, keepSession)
      .then((former) => this.#detach(former))
      .catch(() => undefined);
  }

  async #detach(former: FormerHolder | undefined): Promise<void> {
    if (former === undefined) {
      return;
    }
    const { gatewayId, peers, table } = this.options;
    const detached =
      former.gatewayId === gatewayId
        ? table.find(former.connectionId)?.connection.end('takeover')
        : peers.disconnect(former);
    await new Promise<void>((resolve, reject) => {
      const givenUp = setTimeout(resolve, detachMs).unref();
      void Promise.resolve(detached)
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(givenUp);
        });
    });
  }
}

function requireSame(grant: Grant, former: HeldIdentity | undefined): void {
  const isSame =
    former === undefined ||
    (grant.hub === former.hub &&
      grant.hubGeneration === former.hubGeneration &&
      grant.generationId === former.generationId);
  if (!isSame) {
    throw new HubError('IotHubUnauthorized', 'The credential is of another identity than before.');
  }
}

function expectOpen(connection: DeviceConnection): void {
  if (connection.isEnded) {
    throw new HubError('RequestCanceled', 'The connection ended while it was being opened.');
  }
}

import { hasRight, originOf, type ClientSource } from '@linchpin/auth';
import { FairTurns } from '@linchpin/fairness';
import { HubError } from '@linchpin/wire';
import { establishAccess, type AccessEntry, type AccessHolder } from './access-entry.js';
import type { AccessTable } from './access-table.js';
import type { HubLimiter } from './hub-limiter.js';
import type { HubLimiters } from './hub-limiters.js';
import type { PolicyGrant, PolicyTokens } from './policy-tokens.js';

/** What a back end shows for what it wants. */
export interface ServiceClaim {
  readonly token: string;
  /** Of the token's audience. */
  readonly host: string;
  /** The same: what the token covers. */
  readonly path: string;
  readonly client: ClientSource;
}

/** A link of a back end that was let in, until it is closed. */
export interface OpenedService {
  readonly entry: AccessEntry<PolicyGrant>;
  /** By which it was let in; a newer token of the same hub changes nothing of what the link is for. */
  readonly grant: PolicyGrant;
  /** What the hub may do. */
  readonly limiter: HubLimiter;
}

interface ServiceOpenerOptions {
  readonly policyTokens: PolicyTokens;
  readonly accesses: AccessTable;
  readonly limiters: HubLimiters;
}

/** Tokens of back ends that are with the registry at once, beside credentials of devices. */
const judgedAtOnceMax = 16;
/** As long as a device waits (`SessionOpener`). */
const judgeWaitMsMax = 5_000;

/**
 * Lets back ends in, link by link: each has its token judged when it begins, so that nothing of a policy that
 * counts no more opens one, and from then on is found when its hub changes (amqp.md section 8, security-limits.md
 * section 3).
 */
export class ServiceOpener {
  readonly #judgements = new FairTurns({ atOnceMax: judgedAtOnceMax, waitMsMax: judgeWaitMsMax });

  constructor(private readonly options: ServiceOpenerOptions) {}

  /** Judges a token without letting anybody in. @throws HubError IotHubUnauthorizedAccess, ServiceUnavailable */
  judge({ token, host, path, client }: ServiceClaim): Promise<PolicyGrant> {
    const { limiters, policyTokens } = this.options;
    // Names under which nobody was let in yet count as one hub.
    const hub = limiters.findByHost(host)?.hub.hub ?? '';
    return this.#judgements.inTurn({ hub, origin: originOf(client.address) }, () =>
      policyTokens.authorize(token, path, client),
    );
  }

  /** @throws HubError why it is refused; `ServiceUnavailable` when it may try again */
  async open(claim: ServiceClaim, holder: AccessHolder): Promise<OpenedService> {
    const { accesses, limiters } = this.options;
    const entry = accesses.addHolder<PolicyGrant>(holder);
    try {
      const grant = await establishAccess([entry], () => this.#judgeRight(claim));
      if (holder.isEnded) {
        throw new HubError('RequestCanceled', 'The link ended while it was being opened.');
      }
      return { entry, grant, limiter: limiters.learn(grant, grant.limits, claim.host) };
    } catch (error) {
      accesses.remove(entry);
      throw error;
    }
  }

  /**
   * Judges a newer token, once for all that are to rest on it from now on.
   *
   * @param opened of one hub
   * @throws HubError when it is refused: what held before holds on
   */
  async renew(opened: readonly OpenedService[], claim: ServiceClaim): Promise<PolicyGrant> {
    const entries = opened.map(({ entry }) => entry);
    try {
      return await establishAccess(entries, async () => {
        const grant = await this.#judgeRight(claim);
        requireHubOf(opened, grant);
        return grant;
      });
    } finally {
      for (const entry of entries) {
        entry.endJudgement();
      }
    }
  }

  close({ entry }: OpenedService): void {
    this.options.accesses.remove(entry);
  }

  async #judgeRight(claim: ServiceClaim): Promise<PolicyGrant> {
    const grant = await this.judge(claim);
    if (!hasRight(grant.rights, 'ServiceConnect')) {
      throw new HubError('IotHubUnauthorizedAccess', 'The policy lacks the right ServiceConnect.');
    }
    return grant;
  }
}

function requireHubOf(opened: readonly OpenedService[], grant: PolicyGrant): void {
  const isSame = opened.every(
    ({ grant: { hub, hubGeneration } }) =>
      hub === grant.hub && hubGeneration === grant.hubGeneration,
  );
  if (!isSame) {
    throw new HubError('IotHubUnauthorizedAccess', 'The token is of another hub than before.');
  }
}

import type { ClientSource } from '@linchpin/auth';
import { HubError, type EndCause, type HubId } from '@linchpin/wire';

/** What a credential that counts gives access to, and what that rests on. */
export interface Access extends HubId {
  /** Keys, certificates, policies: revoking one ends the access. */
  readonly credentialIds: readonly string[];
}

/** Whoever is here as long as he has access: the connection of a device, or a link of a back end. */
export interface AccessHolder {
  /** How the client has come; of its address the proxy's word counts where there is one. */
  readonly client: ClientSource;
  readonly isEnded: boolean;

  /** At once; what it resolves after is its own. */
  end(cause: EndCause): Promise<void>;
}

/** Is told of what somebody can be found by. */
interface EntryIndex {
  judgementBegins(entry: AccessEntry): void;
  judgementEnds(entry: AccessEntry): void;
}

/** Somebody's access from the moment his credential is judged until it ends. */
export class AccessEntry<Granted extends Access = Access> {
  #grant: Granted | undefined;
  /** Hubs that changed while the credential was being judged. */
  readonly #changedHubs = new Set<string>();
  #isBeingJudged = true;

  constructor(
    readonly holder: AccessHolder,
    private readonly index: EntryIndex,
  ) {
    index.judgementBegins(this);
  }

  /** Undefined until a credential was judged good. */
  get grant(): Granted | undefined {
    return this.#grant;
  }

  /** Of its first credential, or of a newer one. */
  get isBeingJudged(): boolean {
    return this.#isBeingJudged;
  }

  beginJudgement(): void {
    this.#changedHubs.clear();
    this.#isBeingJudged = true;
    this.index.judgementBegins(this);
  }

  /** What it rests on stays as it was. */
  endJudgement(): void {
    this.#isBeingJudged = false;
    this.index.judgementEnds(this);
  }

  /**
   * A hub, or a device of this id in it, changed while the credential was being judged. Whether it is the
   * client's hub, only the verdict tells; whoever changes another must not have it judged again and again.
   */
  markStale(hub: string): void {
    this.#changedHubs.add(hub);
  }

  /** False when the verdict may be out of date. */
  establish(grant: Granted): boolean {
    if (this.#changedHubs.has(grant.hub)) {
      return false;
    }
    this.#grant = grant;
    this.endJudgement();
    return true;
  }
}

/** A verdict that keeps becoming out of date is given up. */
const judgementsMax = 5;

/**
 * Has a credential judged on which all the entries are to rest, until nothing has changed meanwhile.
 *
 * @throws HubError as `judge`, or `ServiceUnavailable`: judgements are begun, and for the caller to end
 */
export async function establishAccess<Granted extends Access>(
  entries: readonly AccessEntry<Granted>[],
  judge: () => Promise<Granted>,
): Promise<Granted> {
  for (let attempt = 0; attempt < judgementsMax; attempt++) {
    for (const entry of entries) {
      entry.beginJudgement();
    }
    const grant = await judge();
    if (entries.filter((entry) => !entry.establish(grant)).length === 0) {
      return grant;
    }
  }
  throw new HubError('ServiceUnavailable', 'What it is for changes all the time; try again.');
}

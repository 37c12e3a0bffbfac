import {
  audienceCovers,
  audienceHost,
  deviceResource,
  hasRight,
  isSasTokenExpired,
  parseSasToken,
  type Right,
  type SasToken,
} from '@linchpin/auth';
import { formatIdentityId, HubError, type DeviceIdentityId } from '@linchpin/wire';

/** A token that was judged good, and may have lost that since: whoever uses it has it judged again. */
export interface HeldToken {
  readonly text: string;
  /** Of the hub that it is for. */
  readonly host: string;
  readonly token: SasToken;
}

/** Of a policy, with what that might do when it was put. */
interface HeldPolicyToken extends HeldToken {
  readonly rights: number;
}

/** Of one connection; Java's SDK connects up to a thousand devices by one. */
const tokensMax = 2_048;
/** A back end has one, or some for parts of its hub. */
const policyTokensMax = 16;
/** What is read of a token, and its places; beside its text, a character of which may take two bytes. */
const tokenOverheadBytes = 300;
/** So much is not told as kept: each connection may have it, and takes more for itself. */
const bytesFree = 4_096;

/** The tokens that a client has put on one connection (amqp.md section 5). The newest for a resource counts. */
export class HeldTokens {
  readonly #byIdentity = new Map<string, HeldToken>();
  /** By policy and audience, the newest last. */
  readonly #ofPolicies = new Map<string, HeldPolicyToken>();
  #bytes = 0;

  constructor(private readonly now: () => Date = () => new Date()) {}

  /** Memory for them, beyond what each connection may have. */
  get keptBytes(): number {
    return Math.max(0, this.#bytes - bytesFree);
  }

  /** @throws HubError IotHubMaxCbsTokenExceeded */
  holdOwn(identity: DeviceIdentityId, text: string): void {
    const key = formatIdentityId(identity);
    this.#makeRoom(this.#byIdentity, tokensMax, key);
    this.#byIdentity.set(key, this.#counted(read(text)));
  }

  /** @param rights of the policy @throws HubError IotHubMaxCbsTokenExceeded */
  holdPolicys(text: string, rights: number): void {
    const held = { ...read(text), rights };
    const key = `${held.token.policy ?? ''} ${held.token.audience}`;
    this.#makeRoom(this.#ofPolicies, policyTokensMax, key);
    this.#ofPolicies.set(key, this.#counted(held));
  }

  /** The identity's own, or the newest of a policy which covers it. */
  findFor(identity: DeviceIdentityId): HeldToken | undefined {
    const own = this.#byIdentity.get(formatIdentityId(identity));
    if (own !== undefined && this.#isGood(own)) {
      return own;
    }
    return this.findPolicys('DeviceConnect', ({ token, host }) =>
      audienceCovers(token.audience, deviceResource(host, identity)),
    );
  }

  /** The newest of a policy that covers it: of those whose policy had the right, if one had. */
  findPolicys(right: Right, covers: (held: HeldToken) => boolean): HeldToken | undefined {
    const covering = [...this.#ofPolicies.values()]
      .reverse()
      .filter((held) => this.#isGood(held) && covers(held));
    return covering.find(({ rights }) => hasRight(rights, right)) ?? covering[0];
  }

  #isGood({ token }: HeldToken): boolean {
    return !isSasTokenExpired(token, this.now());
  }

  /** For what is put in the place of the key, as the newest. */
  #makeRoom(held: Map<string, HeldToken>, max: number, key: string): void {
    this.#forget(held, key);
    if (held.size >= max) {
      this.#forgetExpired(held);
    }
    if (held.size >= max) {
      throw new HubError('IotHubMaxCbsTokenExceeded', `A connection has ${max} tokens at most.`);
    }
  }

  #forgetExpired(held: Map<string, HeldToken>): void {
    for (const [key, token] of held) {
      if (!this.#isGood(token)) {
        this.#forget(held, key);
      }
    }
  }

  #forget(held: Map<string, HeldToken>, key: string): void {
    const token = held.get(key);
    if (token !== undefined) {
      held.delete(key);
      this.#bytes -= bytesOf(token);
    }
  }

  #counted<T extends HeldToken>(held: T): T {
    this.#bytes += bytesOf(held);
    return held;
  }
}

function bytesOf({ text }: HeldToken): number {
  return 2 * text.length + tokenOverheadBytes;
}

function read(text: string): HeldToken {
  const token = parseSasToken(text);
  return { text, token, host: audienceHost(token.audience) };
}

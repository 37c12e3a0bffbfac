import {
  audienceCovers,
  audienceHost,
  deviceResource,
  isSasTokenExpired,
  parseSasToken,
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

type Held = Map<string, HeldToken>;

/** Of one connection; Java's SDK connects up to a thousand devices by one. */
const tokensMax = 2_048;
/** A back end has one, or some for parts of its hub. */
const policyTokensMax = 16;

/** The tokens that a client has put on one connection (amqp.md section 5). The newest for a resource counts. */
export class HeldTokens {
  readonly #byIdentity: Held = new Map();
  /** By audience, the newest last. */
  readonly #ofPolicies: Held = new Map();

  constructor(private readonly now: () => Date = () => new Date()) {}

  /** @throws HubError IotHubMaxCbsTokenExceeded */
  holdOwn(identity: DeviceIdentityId, text: string): void {
    this.#hold(this.#byIdentity, tokensMax, formatIdentityId(identity), text);
  }

  /** @throws HubError IotHubMaxCbsTokenExceeded */
  holdPolicys(text: string): void {
    this.#hold(this.#ofPolicies, policyTokensMax, parseSasToken(text).audience, text);
  }

  /** The identity's own, or the newest of a policy which covers it. */
  findFor(identity: DeviceIdentityId): HeldToken | undefined {
    const own = this.#byIdentity.get(formatIdentityId(identity));
    if (own !== undefined && this.#isGood(own)) {
      return own;
    }
    return [...this.#ofPolicies.values()]
      .reverse()
      .find(
        (held) =>
          audienceCovers(held.token.audience, deviceResource(held.host, identity)) &&
          this.#isGood(held),
      );
  }

  #isGood({ token }: HeldToken): boolean {
    return !isSasTokenExpired(token, this.now());
  }

  #hold(held: Held, max: number, key: string, text: string): void {
    held.delete(key);
    if (held.size >= max) {
      this.#forgetExpired(held);
    }
    if (held.size >= max) {
      throw new HubError('IotHubMaxCbsTokenExceeded', `A connection has ${max} tokens at most.`);
    }
    const token = parseSasToken(text);
    held.set(key, { text, token, host: audienceHost(token.audience) });
  }

  #forgetExpired(held: Held): void {
    for (const [key, token] of held) {
      if (!this.#isGood(token)) {
        held.delete(key);
      }
    }
  }
}

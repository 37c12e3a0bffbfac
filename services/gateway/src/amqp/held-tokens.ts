import {
  audienceCovers,
  audienceHost,
  deviceResource,
  parseSasToken,
  type SasToken,
} from '@linchpin/auth';
import { formatIdentityId, HubError, type DeviceIdentityId } from '@linchpin/wire';

/** A token that was judged good, and may have expired since: whoever uses it has it judged again. */
export interface HeldToken {
  readonly text: string;
  /** Of the hub that it is for. */
  readonly host: string;
}

interface PolicyToken extends HeldToken {
  readonly token: SasToken;
}

/** Of one connection; Java's SDK connects up to a thousand devices by one. */
const tokensMax = 2_048;
/** A back end has one, or some for parts of its hub. */
const policyTokensMax = 16;

/** The tokens that a client has put on one connection (amqp.md section 5). The newest for a resource counts. */
export class HeldTokens {
  readonly #byIdentity = new Map<string, HeldToken>();
  readonly #ofPolicies = new Map<string, PolicyToken>();

  /** @throws HubError IotHubMaxCbsTokenExceeded */
  holdOwn(identity: DeviceIdentityId, text: string): void {
    const key = formatIdentityId(identity);
    requireRoom(this.#byIdentity, key, tokensMax);
    this.#byIdentity.set(key, { text, host: audienceHost(parseSasToken(text).audience) });
  }

  /** @throws HubError IotHubMaxCbsTokenExceeded */
  holdPolicys(text: string): void {
    const token = parseSasToken(text);
    requireRoom(this.#ofPolicies, token.audience, policyTokensMax);
    this.#ofPolicies.set(token.audience, { text, token, host: audienceHost(token.audience) });
  }

  /** The identity's own, or that of a policy which covers it. */
  findFor(identity: DeviceIdentityId): HeldToken | undefined {
    const own = this.#byIdentity.get(formatIdentityId(identity));
    if (own !== undefined) {
      return own;
    }
    return [...this.#ofPolicies.values()].find(({ token, host }) =>
      audienceCovers(token.audience, deviceResource(host, identity)),
    );
  }
}

function requireRoom(held: ReadonlyMap<string, unknown>, key: string, max: number): void {
  if (!held.has(key) && held.size >= max) {
    throw new HubError('IotHubMaxCbsTokenExceeded', `A connection has ${max} tokens at most.`);
  }
}

import {
  audienceHost,
  audiencePath,
  identitiesOfAudience,
  parseSasToken,
  type ClientSource,
  type SasToken,
} from '@linchpin/auth';
import {
  formatIdentityId,
  HubError,
  isHubOf,
  type DeviceIdentityId,
  type SaslIdentity,
} from '@linchpin/wire';
import type { Credential } from '../domain/authenticator.js';
import type { SessionOpener } from '../domain/open-session.js';
import type { ServiceClaim, ServiceOpener } from '../domain/open-service.js';
import { HeldTokens } from './held-tokens.js';
import { coversAddress, type ServiceAddress } from './service-address.js';

interface CredentialsParts {
  readonly opener: SessionOpener;
  readonly serviceOpener: ServiceOpener;
  readonly client: ClientSource;
  /** What the client showed in the TLS handshake, the leaf first, each in DER. */
  readonly certificates: () => readonly Buffer[];
}

/** Whom a token speaks for. */
export type Presented = {
  readonly hub: string;
  /** Skew not included. */
  readonly expiresAt: Date;
} & (
  | { readonly kind: 'device'; readonly identity: DeviceIdentityId }
  | { readonly kind: 'policy'; readonly token: string }
);

/** With what a device of the connection may be let in. */
export interface DeviceClaim {
  readonly identity: DeviceIdentityId;
  /** Undefined when only the client can say it: certificates name no hub. */
  readonly host: string | undefined;
  readonly credential: Credential;
}

/** What the client of one connection has shown of itself (amqp.md sections 2.3, 2.4 and 5). */
export class Credentials {
  readonly #tokens = new HeldTokens();
  #chain: readonly Buffer[] | undefined;

  constructor(private readonly parts: CredentialsParts) {}

  /** Memory for the tokens that it holds. */
  get keptBytes(): number {
    return this.#tokens.keptBytes;
  }

  /**
   * Judges a token, and holds it when it is good.
   *
   * @param text a shared access signature; its audience says whom it speaks for
   * @throws HubError why it is not good
   */
  async present(text: string): Promise<Presented> {
    const token = parseSasToken(text);
    if (token.policy !== undefined) {
      const { hub, rights } = await this.parts.serviceOpener.judge(this.#claimOf(text, token));
      this.#tokens.holdPolicys(text, rights);
      return { kind: 'policy', hub, token: text, expiresAt: token.expiresAt };
    }
    const presented = await this.#judgeOwn(text, token);
    this.#tokens.holdOwn(presented.identity, text);
    return presented;
  }

  /** The same for SASL PLAIN, whose user name must say the same. @throws HubError */
  async presentAs(claimed: SaslIdentity, text: string): Promise<Presented> {
    const token = parseSasToken(text);
    if (!isHubOf(claimed.hub, audienceHost(token.audience))) {
      throw new HubError('IotHubUnauthorized', 'The token is of another hub than the user name.');
    }
    if (claimed.kind === 'policy' && claimed.policy !== token.policy) {
      throw new HubError('IotHubUnauthorized', 'The token is not of the policy of the user name.');
    }
    const presented = await this.present(text);
    const isClaimed =
      claimed.kind === 'policy'
        ? presented.kind === 'policy'
        : presented.kind === 'policy' ||
          formatIdentityId(presented.identity) === formatIdentityId(claimed.identity);
    if (!isClaimed) {
      throw new HubError('IotHubUnauthorized', 'The token is not of whom the user name says.');
    }
    return presented;
  }

  /** @param identities in which readings the client may have meant one */
  findFor(identities: readonly DeviceIdentityId[]): DeviceClaim | undefined {
    for (const identity of identities) {
      const token = this.#tokens.findFor(identity);
      if (token !== undefined) {
        const credential = { kind: 'sas', token: token.text } as const;
        return { identity, host: token.host, credential };
      }
    }
    const chain = (this.#chain ??= this.parts.certificates());
    const [identity] = identities;
    return identity === undefined || chain.length === 0
      ? undefined
      : { identity, host: undefined, credential: { kind: 'certificates', chain } };
  }

  /** With what a back end may be let in at the address; undefined when it has shown nothing for it. */
  findForService(address: ServiceAddress): ServiceClaim | undefined {
    const held = this.#tokens.findPolicys('ServiceConnect', ({ token }) =>
      coversAddress(token.audience, address),
    );
    return held && this.#claimOf(held.text, held.token);
  }

  #claimOf(text: string, { audience }: SasToken): ServiceClaim {
    const { client } = this.parts;
    return { token: text, host: audienceHost(audience), path: audiencePath(audience), client };
  }

  /** Ids may stand encoded or not: whoever's key has signed it is meant. */
  async #judgeOwn(
    text: string,
    token: SasToken,
  ): Promise<Extract<Presented, { readonly kind: 'device' }>> {
    const { opener, client } = this.parts;
    const host = audienceHost(token.audience);
    const credential = { kind: 'sas', token: text } as const;
    let refusal: unknown = new HubError('IotHubUnauthorized', 'The token is for no device.');
    for (const identity of identitiesOfAudience(token.audience)) {
      try {
        const { hub } = await opener.judge({ host, identity, credential, client });
        return { kind: 'device', identity, hub, expiresAt: token.expiresAt };
      } catch (error) {
        refusal = error;
      }
    }
    throw refusal;
  }
}

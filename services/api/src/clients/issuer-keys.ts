/**
 * The public keys of an issuer (OpenID Connect Discovery 1.0), as fresh as tokens need them and fetched
 * no oftener than a bound, whatever tokens are shown.
 */
import {
  createLocalJWKSet,
  errors,
  type CryptoKey,
  type JSONWebKeySet,
  type JWTHeaderParameters,
} from 'jose';
import { HubError } from '@linchpin/wire';

interface IssuerKeysParts {
  readonly issuer: string;
  readonly fetchJson: (url: string) => Promise<Readonly<Record<string, unknown>>>;
  readonly clock: () => number;
  readonly onFailure: (error: unknown) => void;
}

/** After this the keys are fetched again, beside the requests that still use them. */
const freshMs = 10 * 60_000;

/** So long they are used although the issuer does not answer; then a withdrawn key would count too long. */
const usableMs = 60 * 60_000;

/** Between two looks for a key that is not there: a token can name any. */
const unknownKeyPauseMs = 30_000;

/** After a look that failed. */
const failurePauseMs = 5_000;

type KeySet = (header: JWTHeaderParameters) => Promise<CryptoKey>;

export class IssuerKeys {
  #keys: KeySet | undefined;
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #failedMs = Number.NEGATIVE_INFINITY;
  /** When somebody last looked for a key that was not there. */
  #lookedMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(private readonly parts: IssuerKeysParts) {}

  /**
   * @throws HubError ServiceUnavailable when the issuer does not tell its keys
   * @throws JOSEError when it has no such key
   */
  async find(header: JWTHeaderParameters): Promise<CryptoKey> {
    const age = this.parts.clock() - this.#fetchedMs;
    if (age >= usableMs) {
      await this.#refresh();
    } else if (age >= freshMs && this.#mayTry()) {
      void this.#refresh().catch(() => undefined);
    }
    return this.#look(header, age < usableMs);
  }

  async #look(header: JWTHeaderParameters, mayRefresh: boolean): Promise<CryptoKey> {
    try {
      return await this.#require()(header);
    } catch (error) {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      if (!isUnknown || !mayRefresh || !this.#mayLookForUnknown()) {
        throw error;
      }
      this.#lookedMs = this.parts.clock();
      await this.#refresh();
      return this.#require()(header);
    }
  }

  #mayLookForUnknown(): boolean {
    return this.parts.clock() - this.#lookedMs >= unknownKeyPauseMs;
  }

  #mayTry(): boolean {
    return this.parts.clock() - this.#failedMs >= failurePauseMs;
  }

  /** One at a time, for all who wait. */
  async #refresh(): Promise<void> {
    if (this.#fetching === undefined) {
      if (!this.#mayTry()) {
        throw unavailable();
      }
      this.#fetching = this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
    }
    await this.#fetching;
  }

  async #fetch(): Promise<void> {
    const { clock, onFailure } = this.parts;
    try {
      this.#keys = await this.#fetchKeys();
      this.#fetchedMs = clock();
    } catch (error) {
      this.#failedMs = clock();
      onFailure(error);
      throw unavailable(error);
    }
  }

  async #fetchKeys(): Promise<KeySet> {
    const { issuer, fetchJson } = this.parts;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { issuer: named, jwks_uri: keysUrl } = await fetchJson(url);
    if (named !== issuer) {
      throw new Error(`${url} speaks for ${String(named)}`);
    }
    if (typeof keysUrl !== 'string' || !keysUrl.startsWith('https://')) {
      throw new Error(`${url} names no keys over https`);
    }
    const set = await fetchJson(keysUrl);
    return createLocalJWKSet(set as unknown as JSONWebKeySet);
  }

  #require(): KeySet {
    if (this.#keys === undefined) {
      throw unavailable();
    }
    return this.#keys;
  }
}

function unavailable(cause?: unknown): HubError {
  return new HubError('ServiceUnavailable', 'The issuer of tokens does not answer; try again.', {
    cause,
    retryAfterMs: failurePauseMs,
  });
}

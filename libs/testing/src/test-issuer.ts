/** An OpenID Connect issuer as far as whoever trusts it can tell: discovery and keys over HTTPS. */
import assert from 'node:assert';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, importPKCS8, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { TestCertificate } from './test-certificate.js';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export interface TestIssuerSettings {
  /** Of its HTTPS server. */
  readonly certificate: TestCertificate;
  readonly host?: string;
  readonly port?: number;
  /** So that whoever comes after it at the same address has the same key, which is known by then. */
  readonly signsWithItsCertificate?: boolean;
}

export class TestIssuer {
  /** By path: what is answered, with status 200, in place of the true document. */
  readonly replaced = new Map<string, string>();
  /** The paths that were asked for. */
  readonly requests: string[] = [];
  /** While it is set, every answer is this status. */
  failure: number | undefined;
  #keys: SigningKey[] = [];
  #port: number;

  private constructor(
    private readonly server: Server,
    private readonly settings: TestIssuerSettings,
  ) {
    this.#port = settings.port ?? 0;
  }

  static async start(settings: TestIssuerSettings): Promise<TestIssuer> {
    const { certificate, key } = settings.certificate;
    const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) });
    const issuer = new TestIssuer(server, settings);
    server.on('request', ({ url = '' }, response) => {
      issuer.requests.push(url);
      response.writeHead(issuer.failure ?? 200, { 'Content-Type': 'application/json' });
      response.end(issuer.#document(url));
    });
    await issuer.resume();
    if (settings.signsWithItsCertificate) {
      issuer.#keys = [await readKey('certificate', readFileSync(key, 'utf8'))];
    } else {
      await issuer.rotate();
    }
    return issuer;
  }

  get url(): string {
    return `https://${this.settings.host ?? '127.0.0.1'}:${this.#port}`;
  }

  /** From now on tokens are signed with a new key, the only one that it publishes. */
  async rotate(): Promise<void> {
    this.#keys = [await createKey(`key-${this.#keys.at(-1)?.kid ?? ''}`)];
  }

  /** Signed with its key, good for ten minutes, for `linchpin`; any claim may be given another value. */
  async sign(
    claims: Readonly<Record<string, unknown>> = {},
    header: { kid?: string; typ?: string } = {},
  ): Promise<string> {
    const key = this.signingKey();
    const now = Math.floor(Date.now() / 1_000);
    const whole = { iss: this.url, aud: 'linchpin', sub: 'alice', iat: now, exp: now + 600 };
    return new SignJWT({ ...whole, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, ...header })
      .sign(key.privateKey);
  }

  signingKey(): SigningKey {
    const key = this.#keys.at(-1);
    if (key === undefined) {
      throw new Error('an issuer has a key');
    }
    return key;
  }

  /** Nobody answers at its address until `resume`. */
  async pause(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async resume(): Promise<void> {
    this.server.listen(this.#port, this.settings.host ?? '127.0.0.1');
    await once(this.server, 'listening');
    this.#port = (this.server.address() as AddressInfo).port;
  }

  #document(path: string): string {
    const keys = this.#keys.map(({ publicJwk }) => publicJwk);
    const documents: Record<string, object> = {
      '/.well-known/openid-configuration': { issuer: this.url, jwks_uri: `${this.url}/keys` },
      '/keys': { keys },
    };
    return this.replaced.get(path) ?? JSON.stringify(documents[path] ?? {});
  }
}

async function createKey(kid: string): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return toSigningKey(kid, privateKey);
}

async function readKey(kid: string, pem: string): Promise<SigningKey> {
  return toSigningKey(kid, await importPKCS8(pem, 'ES256', { extractable: true }));
}

async function toSigningKey(kid: string, privateKey: CryptoKey): Promise<SigningKey> {
  const { d, ...publicJwk } = await exportJWK(privateKey);
  assert(d !== undefined, 'what signs is a private key');
  return { kid, privateKey, publicJwk: { ...publicJwk, kid, alg: 'ES256', use: 'sig' } };
}

/** Who gives tokens to deployments, as Entra ID does for a workload identity, and an Azurite that believes them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  askHttps,
  authorityOf,
  BlobAccount,
  createTestCertificate,
  eventually,
  freePort,
  type TestCertificate,
} from '@linchpin/testing';

const account = 'identityaccount';
const key = Buffer.alloc(64, 3).toString('base64');
const startTimeoutMs = 60_000;

export class IdentityIssuer {
  /** What was asked for, the newest last. */
  readonly forms: URLSearchParams[] = [];
  /** Of clients that trust the deployment. */
  readonly clients = new Set(['client-1']);

  private constructor(
    readonly folder: string,
    readonly blobs: BlobAccount,
    readonly store: { readonly host: string; readonly authority: string },
    private readonly parts: { readonly azurite: ChildProcess; readonly server: Server },
  ) {}

  static async start(): Promise<IdentityIssuer> {
    const folder = mkdtempSync(join(tmpdir(), 'identity-issuer-'));
    const shown = createTestCertificate(folder, 'shown', 'ec');
    const authority = authorityOf(shown);
    const port = await freePort();
    const azurite = startAzurite(folder, port, shown);
    const server = createServer({
      key: readFileSync(shown.key),
      cert: readFileSync(shown.certificate),
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${port}`;
    const connection = `AccountName=${account};AccountKey=${key};BlobEndpoint=https://${host}/${account}`;
    const blobs = new BlobAccount(connection, authority);
    const issuer = new IdentityIssuer(folder, blobs, { host, authority }, { azurite, server });
    issuer.#serve(server);
    writeFileSync(issuer.tokenFile, 'assertion-of-the-platform\n');
    await eventually(() => answers(port, authority), startTimeoutMs, 'Azurite');
    return issuer;
  }

  get tokenFile(): string {
    return join(this.folder, 'token');
  }

  get authorityUrl(): URL {
    return new URL(`https://127.0.0.1:${(this.parts.server.address() as AddressInfo).port}/`);
  }

  /** Without a key. */
  get connectionString(): string {
    return `AccountName=${account};BlobEndpoint=https://${this.store.host}/${account}`;
  }

  async stop(): Promise<void> {
    this.parts.server.close();
    this.parts.azurite.kill('SIGKILL');
    await once(this.parts.azurite, 'exit');
    rmSync(this.folder, { recursive: true });
  }

  #serve(server: Server): void {
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const form = new URLSearchParams(Buffer.concat(chunks).toString());
        this.forms.push(form);
        const isTrusted =
          request.url === '/tenant-1/oauth2/v2.0/token' &&
          this.clients.has(form.get('client_id') ?? '') &&
          form.get('client_assertion') === 'assertion-of-the-platform';
        response.writeHead(isTrusted ? 200 : 401, { 'content-type': 'application/json' });
        response.end(JSON.stringify(isTrusted ? { access_token: createToken() } : { error: 'x' }));
      });
    });
  }
}

function startAzurite(folder: string, port: number, shown: TestCertificate): ChildProcess {
  const program = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  return spawn(
    process.execPath,
    [
      ...[program, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', folder],
      ...['--cert', shown.certificate, '--key', shown.key, '--oauth', 'basic'],
      ...['--disableProductStyleUrl', '--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { AZURITE_ACCOUNTS: `${account}:${key}` } },
  );
}

async function answers(port: number, ca: string): Promise<boolean> {
  try {
    await askHttps({ host: '127.0.0.1', port, ca, agent: false, headers: {} }, undefined);
    return true;
  } catch {
    return false;
  }
}

/** Azurite looks at claims, and at no signature. */
function createToken(): string {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const claims = {
    aud: 'https://storage.azure.com',
    iss: 'https://sts.windows.net/tenant-1/',
    ...{ iat: nowSeconds, nbf: nowSeconds - 60, exp: nowSeconds + 3_600 },
    oid: '11111111-2222-3333-4444-555555555555',
    tid: '66666666-7777-8888-9999-000000000000',
  };
  const parts = [{ alg: 'none', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  return [...parts, 'signature'].join('.');
}

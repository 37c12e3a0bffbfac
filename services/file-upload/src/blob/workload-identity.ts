/**
 * Who this deployment is to Azure Storage: its platform (Kubernetes, say) lays a token into a file, and the issuer
 * whom the store trusts gives one of its own for it (RFC 7523; the variables of Entra's workload identity).
 */
import { readFile } from 'node:fs/promises';
import { HubError } from '@linchpin/wire';
import type { BlobRequests, StorePlace } from './blob-requests.js';
import { storeTimeoutMs } from './stored-blobs.js';

export interface WorkloadIdentitySettings {
  /** Of the issuer; its path is a prefix. */
  readonly authority: URL;
  readonly tenantId: string;
  /** Where a hub names none. */
  readonly clientId: string;
  readonly tokenFile: string;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const answerBytesMax = 64 * 1024;

export class WorkloadIdentity {
  constructor(
    private readonly settings: WorkloadIdentitySettings,
    private readonly requests: BlobRequests,
  ) {}

  /**
   * For one account's blobs alone: whoever is behind another name that may be asked can do nothing with it elsewhere.
   *
   * @throws HubError InvalidStorageEndpoint when the issuer refuses, ServiceUnavailable when it does not answer
   */
  async token({ hostname }: StorePlace, identity: string | undefined): Promise<string> {
    const { clientId } = this.settings;
    const assertion = await this.#assertion();
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: identity ?? clientId,
      scope: `https://${hostname}/.default`,
      client_assertion_type: assertionType,
      client_assertion: assertion,
    });
    return parseToken(await this.#post(form.toString()));
  }

  /** The platform lays a new one there from time to time. */
  async #assertion(): Promise<string> {
    try {
      return (await readFile(this.settings.tokenFile, 'utf8')).trim();
    } catch (cause) {
      const message = 'The deployment has no token of its identity now.';
      throw new HubError('ServiceUnavailable', message, { cause });
    }
  }

  async #post(form: string): Promise<string> {
    try {
      const { body } = await this.requests.send({
        method: 'POST',
        place: tokenEndpoint(this.settings),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: Buffer.from(form),
        expectedStatuses: [200],
        answerBytesMax,
        timeoutMs: storeTimeoutMs,
      });
      return body.toString();
    } catch (cause) {
      throw cause instanceof HubError && cause.code === 'BlobContainerValidationError'
        ? refused(cause)
        : new HubError(
            'ServiceUnavailable',
            'The issuer of tokens for the store does not answer.',
            {
              cause,
            },
          );
    }
  }
}

function tokenEndpoint({ authority, tenantId }: WorkloadIdentitySettings): StorePlace {
  const { hostname, port, pathname } = authority;
  return {
    hostname,
    port: port === '' ? 443 : Number(port),
    path: `${pathname.replace(/\/$/, '')}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    query: '',
  };
}

function parseToken(text: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw refused(cause);
  }
  const token = (answer as { readonly access_token?: unknown } | null)?.access_token;
  // What else stood in a header could end it.
  if (typeof token !== 'string' || !/^[\w.~+/=-]+$/.test(token)) {
    throw refused(undefined);
  }
  return token;
}

function refused(cause: unknown): HubError {
  return new HubError(
    'InvalidStorageEndpoint',
    "The identity of the hub's storage is none that this deployment is given tokens for.",
    { cause },
  );
}

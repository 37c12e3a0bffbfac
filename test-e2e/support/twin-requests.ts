/** Requests about twins, for what SDKs do not show: headers and exact bodies. */
import { createSasToken } from '@linchpin/auth';
import type { ServiceAccess } from './administration.js';
import { hub } from './hub.js';

interface TwinRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text goes as it is. */
  readonly body?: unknown;
  /** Whose hub is meant; the hub under test when it is not given. */
  readonly access?: ServiceAccess;
}

export interface TwinAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** What tests look at in a twin; of another answer none of it is there. */
  readonly twin: TwinJson;
}

export interface TwinJson {
  readonly etag: string;
  readonly deviceEtag: string;
  readonly version: number;
  readonly tags: object;
  readonly properties: { readonly desired: SectionJson; readonly reported: SectionJson };
}

interface SectionJson {
  readonly $version: number;
  readonly $metadata: Readonly<Record<string, object>>;
}

export async function askTwins(
  path: string,
  { method = 'GET', headers = {}, body, access = hub }: TwinRequest = {},
): Promise<TwinAnswer> {
  const { host: audience, owner } = access;
  const expiresAt = new Date(Date.now() + 600_000);
  const token = createSasToken({ audience, key: owner.key, policy: owner.name, expiresAt });
  const response = await fetch(`https://${hub.host}${path}?api-version=2021-04-12`, {
    method,
    headers: { Authorization: token, 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const twin = (text === '' ? undefined : JSON.parse(text)) as TwinJson;
  return { status: response.status, headers: response.headers, text, twin };
}

/** A page of a query. */
export function runQuery(
  query: string,
  headers: Readonly<Record<string, string>> = {},
  access: ServiceAccess = hub,
): Promise<TwinAnswer> {
  return askTwins('/devices/query', { method: 'POST', headers, body: { query }, access });
}

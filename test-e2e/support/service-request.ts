/** Requests to the hub under test that say themselves whose hub they mean, over HTTPS. */
import { askHttps, type HttpsAnswer } from '@linchpin/testing';
import { hub } from './hub.js';

interface ServiceRequest {
  readonly method?: string;
  /** With its query. */
  readonly path: string;
  readonly authorization?: string;
  /** The header Host; that of the hub under test when it is not given. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export function send({
  method = 'GET',
  path,
  authorization,
  host = hub.host,
  headers,
  body,
}: ServiceRequest): Promise<HttpsAnswer> {
  return askHttps(
    {
      host: hub.host,
      servername: 'localhost',
      ca: hub.authority,
      agent: false,
      method,
      path,
      headers: { host, ...headers, ...(authorization !== undefined && { authorization }) },
    },
    body,
  );
}

/** What the answer tells, without the id and time that each has of its own, and without `names`. */
export function tale({ status, errorCode, text }: HttpsAnswer, ...names: string[]): object {
  const own = /[0-9a-f]{32}|\d\d\/\d\d\/\d{4} [\d:]{8}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;
  const same = names.reduce((rest, name) => rest.replaceAll(name, '…'), text.replace(own, ''));
  return { status, errorCode, text: same };
}

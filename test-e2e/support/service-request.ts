/** Requests to the hub under test that say themselves whose hub they mean, over HTTPS. */
import { request } from 'node:https';
import { hub } from './hub.js';

export interface ServiceRequest {
  readonly method?: string;
  /** With its query. */
  readonly path: string;
  readonly authorization?: string;
  /** The header Host; that of the hub under test when it is not given. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly text: string;
}

export async function send(question: ServiceRequest): Promise<ServiceAnswer> {
  const { method = 'GET', path, authorization, host = hub.host, headers = {}, body } = question;
  const content = body === undefined ? '' : JSON.stringify(body);
  const options = { host: hub.host, servername: 'localhost', ca: hub.authority, method, path };
  return new Promise((resolve, reject) => {
    request(
      {
        ...options,
        agent: false,
        headers: {
          ...{ host, 'content-length': Buffer.byteLength(content), ...headers },
          ...(authorization !== undefined && { authorization }),
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          resolve({
            status: answer.statusCode ?? 0,
            errorCode: answer.headers['iothub-errorcode']?.toString(),
            text: Buffer.concat(chunks).toString(),
          });
        });
      },
    )
      .once('error', reject)
      .end(content);
  });
}

/** What the answer tells, without the id and time that each has of its own, and without `names`. */
export function tale({ status, errorCode, text }: ServiceAnswer, ...names: string[]): object {
  const own = /[0-9a-f]{32}|\d\d\/\d\d\/\d{4} [\d:]{8}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;
  const same = names.reduce((rest, name) => rest.replaceAll(name, '…'), text.replace(own, ''));
  return { status, errorCode, text: same };
}

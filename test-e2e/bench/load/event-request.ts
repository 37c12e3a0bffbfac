/** Requests by which a device sends events, alone or in batches (device-https.md sections 2 and 3), as Node's SDK does. */
import {
  MessageIds,
  messageIdPlaceholder,
  type MessageTemplate,
  type MessageTemplateOptions,
} from './message-template.js';

/** What an SDK adds to a message when its user sets these. */
const sdkProperties: Readonly<Record<string, string>> = {
  'iothub-messageid': messageIdPlaceholder,
  'iothub-contenttype': 'application/json',
  'iothub-contentencoding': 'utf-8',
  'iothub-app-temperatureAlert': 'true',
  'iothub-app-line': '7',
};

/** Of the messages in a request. */
interface Batch {
  readonly count: number;
  /** From where one begins to where the next does. */
  readonly apartBytes: number;
}

export class EventRequest implements MessageTemplate {
  readonly idMax = 0xffffffff;
  readonly #request: Buffer;
  readonly #batch: Batch;
  /** Nothing when messages bear no id of their own. */
  readonly #messageIds: MessageIds | undefined;

  private constructor(request: Buffer, batch: Batch, hasProperties: boolean) {
    this.#request = request;
    this.#batch = batch;
    this.#messageIds = hasProperties ? new MessageIds(request) : undefined;
  }

  static ofOne(options: MessageTemplateOptions): EventRequest {
    const { payload, hasProperties } = options;
    const request = requestOf(options, hasProperties ? sdkProperties : {}, payload);
    return new EventRequest(request, { count: 1, apartBytes: 0 }, hasProperties);
  }

  static ofBatch(options: MessageTemplateOptions, count: number): EventRequest {
    const { payload, hasProperties } = options;
    const message = JSON.stringify({
      body: payload.toString('base64'),
      ...(hasProperties && { properties: sdkProperties }),
    });
    const headers = { 'Content-Type': 'application/vnd.microsoft.iothub.json' };
    const body = Buffer.from(`[${Array<string>(count).fill(message).join()}]`);
    const batch = { count, apartBytes: message.length + 1 };
    return new EventRequest(requestOf(options, headers, body), batch, hasProperties);
  }

  /** @param ids of requests, which they do not bear: answers have the order of requests */
  messages(ids: readonly number[]): Buffer {
    const { length } = this.#request;
    const bytes = Buffer.allocUnsafe(ids.length * length);
    for (let start = 0; start < bytes.length; start += length) {
      this.#request.copy(bytes, start);
      for (let index = 0; index < this.#batch.count; index++) {
        this.#messageIds?.writeNext(bytes, start + index * this.#batch.apartBytes);
      }
    }
    return bytes;
  }
}

function requestOf(
  { device, host }: MessageTemplateOptions,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
): Buffer {
  const path = `/devices/${device.id}/messages/events`;
  const lines = Object.entries({
    'iothub-to': path,
    'User-Agent': 'azure-iot-device/1.18.4 (bench)',
    Authorization: device.token,
    ...headers,
    Host: host,
    Connection: 'keep-alive',
    'Content-Length': String(body.length),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST ${path}?api-version=2021-04-12 HTTP/1.1\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

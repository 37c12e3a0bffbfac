import type { Device } from '../devices.js';

/** Messages of one device that differ in little: encoded once, copied and filled in. */
export interface MessageTemplate {
  /** Ids go from 1 to here, and begin anew. */
  readonly idMax: number;
  /** In one piece, in this order. */
  messages(ids: readonly number[]): Buffer;
}

export interface MessageTemplateOptions {
  readonly device: Pick<Device, 'id' | 'token'>;
  /** The name of the server. */
  readonly host: string;
  readonly payload: Buffer;
  /** Each message bears another message id, a content type and two properties of its own. */
  readonly hasProperties: boolean;
}

/** Of a message that has an id of its own. */
export const messageIdPlaceholder = '00000000-0000-4000-8000-000000000000';
/** Of the placeholder, the end that counts. */
const numberLength = 12;

/** The message ids of a template, one after the other. */
export class MessageIds {
  readonly #offset: number;
  #number = 0;

  /** @param template has the placeholder */
  constructor(template: Buffer) {
    this.#offset =
      template.indexOf(messageIdPlaceholder) + messageIdPlaceholder.length - numberLength;
  }

  /** @param start where the copy of the template begins */
  writeNext(bytes: Buffer, start: number): void {
    this.#number += 1;
    const number = String(this.#number).padStart(numberLength, '0');
    bytes.write(number, start + this.#offset, 'latin1');
  }
}

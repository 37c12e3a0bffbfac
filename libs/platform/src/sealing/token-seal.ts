/**
 * What a client keeps for us and brings back, such as where a list goes on: it can be read, and is known to be ours.
 * HMAC-SHA-256 under a key that is derived from a master key for this purpose alone.
 *
 *     token = base64url(content) "." base64url(mac)
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { MasterKey } from './key-cipher.js';

export class TokenSeal {
  readonly #keys: readonly [Buffer, ...Buffer[]];

  /**
   * @param masterKeys the first seals, each is looked at
   * @param purpose tokens of another one are none
   */
  constructor(masterKeys: readonly [MasterKey, ...MasterKey[]], purpose: string) {
    const derive = ({ key }: MasterKey): Buffer =>
      Buffer.from(hkdfSync('sha256', key, '', purpose, 32));
    const [first, ...others] = masterKeys;
    this.#keys = [derive(first), ...others.map(derive)];
  }

  /** @param place where alone the token counts */
  seal(content: string, place: string): string {
    const text = Buffer.from(content).toString('base64url');
    return `${text}.${macOf(this.#keys[0], text, place).toString('base64url')}`;
  }

  /** @returns undefined for what was not sealed for this place, or under a key that is no longer there */
  open(token: string, place: string): string | undefined {
    const [text = '', mac = '', ...more] = token.split('.');
    const given = Buffer.from(mac, 'base64url');
    const isOurs = this.#keys.some((key) => {
      const expected = macOf(key, text, place);
      return expected.length === given.length && timingSafeEqual(expected, given);
    });
    return isOurs && more.length === 0 ? Buffer.from(text, 'base64url').toString() : undefined;
  }
}

/** Neither part can be taken for a piece of the other: a text in base64url has no line break. */
function macOf(key: Buffer, text: string, place: string): Buffer {
  return createHmac('sha256', key).update(`${text}\n${place}`).digest();
}

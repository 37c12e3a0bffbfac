import { z } from 'zod';
import type { MasterKey } from '../sealing/key-cipher.js';

/** The first seals, each opens what was sealed under it. */
export type MasterKeys = readonly [MasterKey, ...MasterKey[]];

const masterKeyBytes = 32;

/** `id:base64` of 32 bytes, one or more, separated by commas. */
export const masterKeys = z.string('is required').transform((text, context): MasterKeys => {
  const [first, ...others] = text.split(',').map((part) => parseMasterKey(part.trim()));
  if (first === undefined || others.includes(undefined)) {
    context.addIssue(
      `must be id:base64, with the base64 of ${masterKeyBytes} bytes (openssl rand -base64 ${masterKeyBytes}); several are separated by commas`,
    );
    return z.NEVER;
  }
  const keys: MasterKeys = [first, ...others.filter((key) => key !== undefined)];
  if (new Set(keys.map(({ id }) => id)).size < keys.length) {
    context.addIssue('names two keys alike');
  }
  return keys;
});

function parseMasterKey(text: string): MasterKey | undefined {
  const [, id, encoded = ''] = /^([\w.-]{1,64}):([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const key = Buffer.from(encoded, 'base64');
  return id === undefined || key.length !== masterKeyBytes ? undefined : { id, key };
}

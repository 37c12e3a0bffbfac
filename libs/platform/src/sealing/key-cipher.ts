/**
 * Symmetric keys and other secrets as they lie in a database: AES-256-GCM under a master key that never
 * does.
 *
 *     sealed = idLength:1 masterKeyId nonce:12 tag:16 ciphertext      (masterKeyId in UTF-8)
 *
 * The place of a key (its row and column) is authenticated with it, so that a ciphertext which is
 * moved to another row or column opens nowhere. A random nonce is safe for 2^32 keys sealed under one
 * master key; rotate it before.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface MasterKey {
  /** 1 to 64 characters; stored with all that is sealed under it. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** A stored key cannot be opened: a master key is missing, or what is stored was tampered with. */
export class SealedKeyError extends Error {
  override readonly name = 'SealedKeyError';
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export class KeyCipher {
  readonly #masterKeys: ReadonlyMap<string, Buffer>;
  readonly #current: MasterKey;

  /** @param masterKeys the first seals, each opens what was sealed under it */
  constructor(masterKeys: readonly [MasterKey, ...MasterKey[]]) {
    this.#current = masterKeys[0];
    this.#masterKeys = new Map(masterKeys.map(({ id, key }) => [id, key]));
  }

  /** What everything that is sealed from now on begins with; other beginnings want sealing anew. */
  get currentPrefix(): Buffer {
    const id = Buffer.from(this.#current.id);
    return Buffer.concat([Buffer.from([id.length]), id]);
  }

  seal(key: string, place: string): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#current.key, nonce);
    cipher.setAAD(Buffer.from(place));
    const ciphertext = Buffer.concat([cipher.update(key, 'utf8'), cipher.final()]);
    return Buffer.concat([this.currentPrefix, nonce, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws SealedKeyError */
  open(sealed: Buffer, place: string): string {
    const { masterKeyId, nonce, tag, ciphertext } = parse(sealed, place);
    const masterKey = this.#masterKeys.get(masterKeyId);
    if (masterKey === undefined) {
      throw new SealedKeyError(
        `A key is sealed under the master key "${masterKeyId}", which LINCHPIN_MASTER_KEYS lacks (${place})`,
      );
    }
    try {
      const decipher = createDecipheriv(algorithm, masterKey, nonce, { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(place));
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString();
    } catch (error) {
      throw new SealedKeyError(
        `The master key "${masterKeyId}" does not open a key that is sealed under that name: ` +
          `either it is another key, or the row was changed by hand (${place})`,
        { cause: error },
      );
    }
  }
}

interface SealedParts {
  readonly masterKeyId: string;
  readonly nonce: Buffer;
  readonly tag: Buffer;
  readonly ciphertext: Buffer;
}

function parse(sealed: Buffer, place: string): SealedParts {
  const nonceStart = 1 + (sealed[0] ?? 0);
  const tagStart = nonceStart + nonceBytes;
  const ciphertextStart = tagStart + tagBytes;
  if (sealed.length < ciphertextStart) {
    throw new SealedKeyError(`A sealed key is cut short (${place})`);
  }
  return {
    masterKeyId: sealed.toString('utf8', 1, nonceStart),
    nonce: sealed.subarray(nonceStart, tagStart),
    tag: sealed.subarray(tagStart, ciphertextStart),
    ciphertext: sealed.subarray(ciphertextStart),
  };
}

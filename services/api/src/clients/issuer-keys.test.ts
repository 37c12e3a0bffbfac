import { beforeEach, expect, test } from '@jest/globals';
import { errors, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import { IssuerKeys } from './issuer-keys.js';

const issuer = 'https://login.example/tenant';
const discoveryUrl = `${issuer}/.well-known/openid-configuration`;
const keysUrl = 'https://keys.example/all';
const minuteMs = 60_000;

let nowMs: number;
let asked: string[];
let documents: Record<string, Record<string, unknown>>;
let isDown: boolean;
let failures: unknown[];
let keys: IssuerKeys;

beforeEach(async () => {
  nowMs = 1_000;
  asked = [];
  isDown = false;
  failures = [];
  documents = { [discoveryUrl]: { issuer, jwks_uri: keysUrl }, [keysUrl]: await keySet('one') };
  keys = new IssuerKeys({
    issuer,
    fetchJson: (url) => {
      asked.push(url);
      return isDown
        ? Promise.reject(new Error('connection refused'))
        : Promise.resolve(documents[url] ?? {});
    },
    clock: () => nowMs,
    onFailure: (error) => failures.push(error),
  });
});

async function keySet(...kids: string[]): Promise<{ keys: JWK[] }> {
  const jwks = kids.map(async (kid) => {
    const { publicKey } = await generateKeyPair('ES256');
    return { ...(await exportJWK(publicKey)), kid };
  });
  return { keys: await Promise.all(jwks) };
}

const find = (kid: string): Promise<CryptoKey> => keys.find({ alg: 'ES256', kid });
const unavailable = { code: 'ServiceUnavailable', httpStatus: 503 };

/** Both documents, once. */
const one = [discoveryUrl, keysUrl];

test('fetches once for all who ask at the same time, and not again while keys are fresh', async () => {
  await Promise.all([find('one'), find('one'), find('one')]);
  nowMs += 9 * minuteMs;
  await find('one');

  expect(asked).toEqual(one);
});

test('a new key is found at once', async () => {
  await find('one');
  nowMs += minuteMs;
  documents[keysUrl] = await keySet('two');

  await find('two');

  await expect(find('one')).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
});

test('tokens that name keys which are not there cause a look each half minute, however many', async () => {
  await find('one');
  for (let second = 0; second < 120; second++) {
    nowMs += 1_000;
    const flood = Array.from({ length: 20 }, (_, index) => find(`none-${second}-${index}`));
    for (const { status } of await Promise.allSettled(flood)) {
      expect(status).toBe('rejected');
    }
  }

  expect(asked).toHaveLength(2 + 4 * 2);
  await find('one');
});

test('stale keys serve while they are fetched again', async () => {
  await find('one');
  nowMs += 11 * minuteMs;
  await find('one');

  expect(asked).toEqual([...one, ...one]);
});

test('while the issuer is away its keys count for an hour', async () => {
  await find('one');
  isDown = true;
  nowMs += 59 * minuteMs;
  await find('one');
  nowMs += 2 * minuteMs;

  await expect(find('one')).rejects.toMatchObject(unavailable);

  isDown = false;
  nowMs += minuteMs;
  await find('one');
});

test('an issuer that is away is no refusal, and is asked each five seconds', async () => {
  isDown = true;
  for (let second = 0; second < 10; second++) {
    await expect(find('one')).rejects.toMatchObject(unavailable);
    nowMs += 1_000;
  }
  expect(asked).toHaveLength(2);
  expect(failures).toHaveLength(2);

  isDown = false;
  await find('one');
});

test('an unknown key cannot be judged while the issuer is away', async () => {
  await find('one');
  isDown = true;
  nowMs += minuteMs;

  await expect(find('two')).rejects.toMatchObject(unavailable);
  await find('one');
});

test.each([
  ['speaks for another issuer', { issuer: 'https://login.example/other', jwks_uri: keysUrl }],
  ['speaks for nobody', { jwks_uri: keysUrl }],
  ['names no keys', { issuer }],
  ['names keys without TLS', { issuer, jwks_uri: 'http://keys.example/all' }],
])('a document that %s is none', async (_, document) => {
  documents[discoveryUrl] = document;

  await expect(find('one')).rejects.toMatchObject(unavailable);
  expect(asked).toEqual([discoveryUrl]);
});

test.each([{}, { keys: 'one' }, { keys: [1] }])('keys that are none: %j', async (set) => {
  documents[keysUrl] = set;

  await expect(find('one')).rejects.toMatchObject(unavailable);
});

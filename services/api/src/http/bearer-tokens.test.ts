import { expect, test } from '@jest/globals';
import type { Principal } from '../domain/role.js';
import { bearerToken, BearerTokens } from './bearer-tokens.js';

const principal: Principal = { name: 'alice', grants: [] };
const asked: string[] = [];
const verifier = {
  verify: (token: string): Promise<Principal> => {
    asked.push(token);
    return Promise.resolve(principal);
  },
};

const adminToken = 'the-only-token';
const both = new BearerTokens({ adminToken, verifier });

test.each(['Bearer the-only-token', 'bearer  the-only-token'])('%s administers', async (header) => {
  expect(await both.administrator(header)).toEqual({ kind: 'administrator' });
  expect(asked).toEqual([]);
});

test.each([
  undefined,
  '',
  'the-only-token',
  'Bearer',
  'Bearer ',
  'Bearer the-only-toke',
  'Bearer the-only-token2',
  'Bearer THE-ONLY-TOKEN',
  'Basic the-only-token',
  'SharedAccessSignature sr=h&sig=x&se=1&skn=iothubowner',
  'Bearer a.b',
  'Bearer a.b.c.d',
  'Bearer a b.c.d',
])('%j does not, asks no issuer, and does not come back in the answer', async (header) => {
  await expect(both.administrator(header)).rejects.toMatchObject({
    code: 'GenericUnauthorized',
    message: expect.not.stringContaining('the-only'),
  });
  expect(asked).toEqual([]);
});

test('what looks like a token of an issuer is for the issuer’s keys to judge', async () => {
  const found = await both.administrator('Bearer eyJh.eyJp.c2ln');

  expect(found).toEqual({ kind: 'principal', ...principal });
  expect(asked.splice(0)).toEqual(['eyJh.eyJp.c2ln']);
});

test('without an admin token nothing is one, and without an issuer nothing is judged', async () => {
  const issuerOnly = new BearerTokens({ adminToken: undefined, verifier });
  const tokenOnly = new BearerTokens({ adminToken, verifier: undefined });
  const refused = { code: 'GenericUnauthorized' };

  await expect(issuerOnly.administrator('Bearer undefined')).rejects.toMatchObject(refused);
  await expect(tokenOnly.administrator('Bearer eyJh.eyJp.c2ln')).rejects.toMatchObject(refused);
});

test.each([
  ['Bearer x', 'x'],
  ['bearer   x.y', 'x.y'],
  ['Bearer x y', undefined],
  ['SharedAccessSignature sr=x', undefined],
  [undefined, undefined],
])('the token of %j', (header, token) => {
  expect(bearerToken(header)).toBe(token);
});

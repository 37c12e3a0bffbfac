import { describe, expect, test } from '@jest/globals';
import { misuseOf, type SignedToken, type TokenRules } from './token-use.js';

const standard: TokenRules = { tokenTypes: ['JWT', 'at+jwt', 'Bearer'], clients: undefined };

function token(claims: object, header: object = { typ: 'JWT' }): SignedToken {
  return { header: { alg: 'RS256', ...header }, claims: { sub: 'alice', ...claims } };
}

/** As far as they tell what they are for. */
const issuers: readonly (readonly [string, SignedToken])[] = [
  ['Entra ID, version 1', token({ ver: '1.0', appid: 'app' })],
  ['Entra ID, version 2', token({ ver: '2.0', azp: 'app' })],
  ['Keycloak', token({ typ: 'Bearer', azp: 'app' })],
  ['Keycloak with types of RFC 9068', token({ typ: 'Bearer', azp: 'app' }, { typ: 'at+jwt' })],
  ['Auth0', token({ azp: 'app' })],
  ['Auth0 in the profile of RFC 9068', token({ client_id: 'app' }, { typ: 'at+jwt' })],
  ['an Okta authorization server of one’s own', token({ cid: 'app' }, {})],
  ['Dex, for several clients', token({ at_hash: 'x', nonce: 'n', azp: 'app' }, {})],
  ['a Google service account', token({ azp: 'app', email: 'a@b' })],
];

describe('the standard rules', () => {
  test.each(issuers)('an access token of %s is for us', (_, signed) => {
    expect(misuseOf(signed, standard)).toBeUndefined();
  });

  test.each(['application/at+jwt', 'AT+JWT', 'application/jwt', 'jwt', undefined])(
    'so is one with %s in its header',
    (typ) => {
      expect(misuseOf(token({}, { typ }), standard)).toBeUndefined();
    },
  );

  // The first six are Keycloak’s (its TokenUtil.java).
  test.each([
    ...['ID', 'Refresh', 'Offline', 'Logout', 'Serialized-ID', 'DPoP'],
    ...['id', '', 7, null, ['Bearer'], { typ: 'Bearer' }],
  ])('one whose claim typ is %j is not', (typ) => {
    expect(misuseOf(token({ typ }), standard)).toBe(
      `the token's claims say the type ${JSON.stringify(typ)}`,
    );
  });

  test.each([
    ...['logout+jwt', 'secevent+jwt', 'dpop+jwt', 'oauth-authz-req+jwt', 'id_token', 'JWE'],
    ...['text/at+jwt', 'application/application/jwt', 'jwt ', '', 7, ['JWT']],
  ])('one whose header says %j is not', (typ) => {
    expect(misuseOf(token({}, { typ }), standard)).toBe(
      `the token's header says the type ${JSON.stringify(typ)}`,
    );
  });
});

test.each<[string, SignedToken, boolean]>([
  ['a marked access token', token({}, { typ: 'at+jwt' }), true],
  ['one that is marked in full', token({}, { typ: 'application/at+jwt' }), true],
  ['one with a claim, too', token({ typ: 'Bearer' }, { typ: 'at+jwt' }), false],
  ['any JWT, an ID token perhaps', token({}), false],
  ['one that does not say', token({}, {}), false],
])('with at+jwt alone: %s', (_, signed, counts) => {
  const rules = { ...standard, tokenTypes: ['at+jwt'] };

  expect(misuseOf(signed, rules) === undefined).toBe(counts);
});

describe('with a list of clients', () => {
  const rules: TokenRules = { ...standard, clients: ['app', 'ci'] };

  test.each(issuers)('a token of %s names a client', (_, signed) => {
    expect(misuseOf(signed, rules)).toBeUndefined();
    expect(misuseOf(signed, { ...rules, clients: ['another'] })).toMatch(/by the client "app"/);
  });

  test('one that names no client is not for us', () => {
    expect(misuseOf(token({ sub: 'app', aud: 'app' }), rules)).toBe(
      'the token has none of client_id, azp, appid, cid',
    );
  });

  test.each([
    ['another client', { azp: 'other' }],
    ['the client in another letter case', { azp: 'App' }],
    ['two clients, one of them ours', { azp: 'app', client_id: 'other' }],
    ['two clients, the other of them ours', { azp: 'other', appid: 'app' }],
    ['a list', { azp: ['app'] }],
    ['null', { azp: null }],
  ])('one that names %s is not for us', (_, claims) => {
    expect(misuseOf(token(claims), rules)).toMatch('the token was got by the client');
  });

  test('one that names clients of ours in several ways is', () => {
    expect(misuseOf(token({ azp: 'app', client_id: 'app', cid: 'ci' }), rules)).toBeUndefined();
  });
});

import { expect, test } from '@jest/globals';
import { issueCertificate } from '@linchpin/testing';
import { VerifiedAuthorities } from './verified-authorities.js';

const root = issueCertificate({ subject: 'Root', authority: true });
const other = issueCertificate({ subject: 'Other', authority: true });

/** Each call gets a copy of its own, as a database gives it. */
function authoritiesOf(stored: Uint8Array[]) {
  const listVerified = () => Promise.resolve(stored.map((der) => Uint8Array.from(der)));
  return new VerifiedAuthorities({ listVerified });
}

test('which they are is asked each time, and what stands in them is read once', async () => {
  const stored = [root.der];
  const authorities = authoritiesOf(stored);
  const [first] = await authorities.of('hub1');
  const [second] = await authorities.of('hub2');
  expect(first?.commonName).toBe('Root');
  expect(second).toBe(first);

  stored.push(other.der);
  expect(await authorities.of('hub1')).toHaveLength(2);
  stored.length = 0;
  expect(await authorities.of('hub1')).toEqual([]);
});

test('what cannot be read vouches for nobody', async () => {
  const authorities = authoritiesOf([Buffer.from('garbage'), root.der]);
  expect((await authorities.of('hub1')).map(({ commonName }) => commonName)).toEqual(['Root']);
});

test('of very many only the last are remembered', async () => {
  const stored = [root.der];
  const authorities = authoritiesOf(stored);
  const [first] = await authorities.of('hub1');
  stored.push(...Array.from({ length: 1_000 }, () => issueCertificate({ subject: 'x' }).der));
  await authorities.of('hub1');
  const [again] = await authorities.of('hub1');
  expect(again).not.toBe(first);
  expect(again?.commonName).toBe('Root');
});

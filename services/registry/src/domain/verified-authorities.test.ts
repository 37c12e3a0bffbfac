import { expect, test } from '@jest/globals';
import { issueCertificate } from '@linchpin/testing';
import { VerifiedAuthorities } from './verified-authorities.js';

const root = issueCertificate({ subject: 'Root', authority: true });
const other = issueCertificate({ subject: 'Other', authority: true });

const hub = { hubGeneration: '1' };

/** Each call gets a copy of its own, as a database gives it. */
function authoritiesOf(stored: Uint8Array[]) {
  const listVerified = () => Promise.resolve(stored.map((der) => Uint8Array.from(der)));
  return new VerifiedAuthorities({ listVerified }, 2);
}

test('which they are is asked each time, and what stands in them is read once', async () => {
  const stored = [root.der];
  const authorities = authoritiesOf(stored);
  const [first] = await authorities.of(hub);
  const [second] = await authorities.of({ hubGeneration: '2' });
  expect(first?.commonName).toBe('Root');
  expect(second).toBe(first);

  stored.push(other.der);
  expect(await authorities.of(hub)).toHaveLength(2);
  stored.length = 0;
  expect(await authorities.of(hub)).toEqual([]);
});

test('what cannot be read vouches for nobody', async () => {
  const authorities = authoritiesOf([Buffer.from('garbage'), root.der]);
  expect((await authorities.of(hub)).map(({ commonName }) => commonName)).toEqual(['Root']);
});

test('as many as it is told are remembered, the last ones', async () => {
  const stored = [root.der];
  const authorities = authoritiesOf(stored);
  const [first] = await authorities.of(hub);
  stored.push(other.der);
  expect((await authorities.of(hub))[0]).toBe(first);
  stored.push(issueCertificate({ subject: 'Third', authority: true }).der);
  await authorities.of(hub);
  const [again] = await authorities.of(hub);
  expect(again).not.toBe(first);
  expect(again?.commonName).toBe('Root');
});

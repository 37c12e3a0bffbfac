import { expect, test } from '@jest/globals';
import { formatPem } from '@linchpin/testing';
import { decodeCertificates } from './certificate-text.js';

const [one, other] = [Buffer.alloc(100, 1), Buffer.alloc(90, 2)];
const base64 = (bytes: Buffer | string): string => Buffer.from(bytes).toString('base64');
const bundle = `subject=CN = one\n${formatPem(one)}\nsubject=CN = other\n${formatPem(other)}`;
const lines = (text: string): string => text.replace(/.{64}/g, '$&\r\n');

test.each([
  ['PEM', formatPem(one), [one]],
  ['PEM of Windows', formatPem(one).replaceAll('\n', '\r\n'), [one]],
  ['PEM of several, with words around them', bundle, [one, other]],
  ['base64 of PEM', base64(formatPem(one)), [one]],
  ['base64 of PEM of several', lines(base64(bundle)), [one, other]],
  ['base64 of DER', base64(one), [one]],
  ['base64 of DER in lines', lines(base64(one)), [one]],
])('%s is understood', (_, text, expected) => {
  expect(decodeCertificates(text)).toEqual(expected);
});

test.each([
  ['nothing', ''],
  ['blanks', ' \n'],
  ['words', 'not a certificate!'],
  ['PEM without an end', formatPem(one).slice(0, -10)],
  ['PEM of nothing', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n'],
  ['PEM that is broken', formatPem(one).replace('A', '*')],
  ['PEM of a key', formatPem(one).replaceAll('CERTIFICATE', 'PRIVATE KEY')],
  ['base64 of the URL kind', '_-__'],
  ['too much', 'A'.repeat(200_000)],
  ['beginnings without end', '-----BEGIN CERTIFICATE-----'.repeat(5_000)],
])('%s is refused, quickly', (_, text) => {
  const beganMs = performance.now();
  expect(() => decodeCertificates(text)).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid' }),
  );
  expect(performance.now() - beganMs).toBeLessThan(1_000);
});

import { expect, test } from '@jest/globals';
import { Administrator } from './administrator.js';

const administrator = new Administrator('the-only-token');

test.each(['Bearer the-only-token', 'bearer  the-only-token'])('%s is let in', (header) => {
  expect(() => {
    administrator.check(header);
  }).not.toThrow();
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
])('%j is not, and does not come back in the answer', (header) => {
  expect(() => {
    administrator.check(header);
  }).toThrow(
    expect.objectContaining({
      code: 'GenericUnauthorized',
      message: expect.not.stringContaining('the-only'),
    }),
  );
});

import { expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { faultAnswer, lastAnswer } from './http-fault.js';

test.each([
  ['HPE_INVALID_METHOD', 400, 'GenericBadRequest'],
  ['HPE_HEADER_OVERFLOW', 431, 'GenericBadRequest'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413, 'GenericRequestEntityTooLarge'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'RequestTimedOut'],
  [undefined, 400, 'GenericBadRequest'],
])('service-rest 67: %s is told as %i with code and JSON', (errorCode, status, code) => {
  const [head = '', body = ''] = faultAnswer(errorCode).split('\r\n\r\n');

  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} \\w`));
  expect(head.split('\r\n')).toEqual(
    expect.arrayContaining([
      `iothub-errorcode: ${code}`,
      'Content-Type: application/json; charset=utf-8',
      'Connection: close',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ]),
  );
  expect(JSON.parse(body)).toMatchObject({ Message: expect.stringMatching(`^ErrorCode:${code};`) });
});

test('a last answer says when to come again, in whole seconds', () => {
  const error = new HubError('ServiceUnavailable', 'Full.', { retryAfterMs: 1_001 });

  expect(lastAnswer(error)).toMatch(/^HTTP\/1\.1 503 [^]*\r\nRetry-After: 2\r\n\r\n\{/);
});

import { describe, expect, test } from '@jest/globals';
import { Metadata, status } from '@grpc/grpc-js';
import { HubError } from '@linchpin/wire';
import { fromServiceError, toGrpcFailure } from './hub-error-status.js';

/** As the caller of a service of ours gets it. */
function carried(error: unknown): HubError {
  const failure = toGrpcFailure(error);
  return fromServiceError(Object.assign(new Error(failure.details), failure));
}

test('a HubError arrives with its code, message, time to wait and facts', () => {
  const error = new HubError('ThrottlingException', 'Too fast.', {
    retryAfterMs: 500,
    details: { limit: 100 },
  });
  expect(carried(error)).toMatchObject({
    code: 'ThrottlingException',
    message: 'Too fast.',
    retryAfterMs: 500,
    details: { limit: 100 },
  });
});

describe('the cause', () => {
  test('of a refused credential arrives, cut short', () => {
    const refused = (cause: unknown) =>
      carried(new HubError('IotHubUnauthorizedAccess', 'No access.', { cause })).causeText;

    expect(refused('the token expired')).toBe('the token expired');
    expect(refused('x'.repeat(10_000))).toBe('x'.repeat(256));
  });

  test('of anything else stays where it was', () => {
    const error = new HubError('ServiceUnavailable', 'Try again.', { cause: new Error('secret') });

    expect(toGrpcFailure(error).metadata.get('hub-error-bin').toString()).not.toContain('secret');
    expect(carried(error)).not.toHaveProperty('cause');
    expect(JSON.stringify(toGrpcFailure(new Error('secret')))).not.toContain('secret');
  });
});

test.each([
  [status.UNAVAILABLE, 'ServiceUnavailable'],
  [status.CANCELLED, 'ServiceUnavailable'],
  [status.DEADLINE_EXCEEDED, 'GenericTimeout'],
  [status.INTERNAL, 'ServerError'],
])('a call that ended with %i and says nothing that we know is %s', (code, name) => {
  const metadata = new Metadata();
  const error = Object.assign(new Error('lost'), { code, details: 'lost', metadata });

  expect(fromServiceError(error).code).toBe(name);
  metadata.set('hub-error-bin', Buffer.from('not what we send'));
  expect(fromServiceError(error).code).toBe(name);
});

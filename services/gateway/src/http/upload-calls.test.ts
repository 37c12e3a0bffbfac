import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HubError } from '@linchpin/wire';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { codeOf, headerOf, type FakeHttpClient, type RawAnswer } from './client.fake.js';
import { FakeHttpGateway } from './gateway.fake.js';

const files = '/devices/d1/files';

let gateway: FakeHttpGateway;
let client: FakeHttpClient;

beforeEach(async () => {
  gateway = await FakeHttpGateway.start();
  client = await gateway.connect();
});

afterEach(async () => {
  await gateway.stop();
});

function start(body: unknown): Promise<RawAnswer> {
  return client.ask('POST', files, { body: JSON.stringify(body) });
}

describe('a device that wants to upload a file', () => {
  test.each([files, `${files}/`])('device-https 33, 34: at %s is told where to', async (path) => {
    const answer = await client.ask('POST', path, { body: '{"blobName":"dir/ä.txt"}' });

    expect(answer.status).toBe(200);
    expect(headerOf(answer, 'Content-Type')).toBe('application/json; charset=utf-8');
    expect(headerOf(answer, 'Cache-Control')).toBe('no-store');
    expect(answer.body.toString()).toBe(
      '{"correlationId":"c1","hostName":"blobs.example.net:10000","containerName":"files",' +
        '"blobName":"d1/dir/ä.txt","sasToken":"?sig=s%3D&sp=rw"}',
    );
  });

  test.each([
    ['DefaultStorageEndpointNotConfigured', 400],
    ['DeviceMaximumActiveFileUploadLimitExceeded', 403],
    ['ServiceUnavailable', 503],
  ] as const)('device-https 38, 41: is told why not: %s', async (code, status) => {
    gateway.uploads.failure = new HubError(code, 'Why.');

    expect(codeOf(await start({ blobName: 'a' }))).toEqual([status, code]);
  });

  test.each([
    [[]],
    [{}],
    [null],
    [{ blobName: '' }],
    [{ blobName: 1 }],
    [{ BlobName: 'a' }],
    [{ blobName: 'x'.repeat(1_025) }],
  ])('names it: %j is refused', async (body) => {
    expect(codeOf(await start(body))).toEqual([400, 'ArgumentInvalid']);
  });

  test('says no more than 16 KiB', async () => {
    const answer = await start({ blobName: 'a', more: 'x'.repeat(16 * 1024) });

    expect(codeOf(answer)).toEqual([413, 'GenericRequestEntityTooLarge']);
  });

  test('is held to the rate of its hub', async () => {
    const limits = { sku: 'S1', units: 1, unlimited: false } as const;
    gateway.authenticator.grant = { ...fakeGrant, limits };
    await start({ blobName: 'a' });
    Object.assign(gateway.world.budgets.get('h/7/fileUploads'), { atHand: 0, isOverfull: true });

    expect(codeOf(await start({ blobName: 'a' }))).toEqual([429, 'ThrottleBacklogLimitExceeded']);
  });
});

describe('device-https 36: what became of an upload', () => {
  const status = { isSuccess: true, statusCode: 201, statusDescription: 'OK' };

  beforeEach(async () => {
    await start({ blobName: 'a' });
  });

  test.each([
    ['of the body', '', { correlationId: 'c1' }],
    ['of the path', '/c1', {}],
    ['of the path, encoded', '/%63%31', {}],
    ['of the path beside null', '/c1', { correlationId: null }],
    ['of the body before that of the path', '/other', { correlationId: 'c1' }],
    ['of the path beside an empty one', '/c1', { correlationId: '' }],
  ])('is told by the id %s', async (_, rest, ids) => {
    const body = JSON.stringify({ ...status, ...ids });
    const answer = await client.ask('POST', `${files}/notifications${rest}`, { body });

    expect([answer.status, answer.body.length]).toEqual([204, 0]);
    expect(gateway.uploads.completions).toEqual([{ correlationId: 'c1', isSuccess: true }]);
  });

  test.each([
    ['failure', { isSuccess: false, statusCode: -1, statusDescription: null }],
    ['words', { isSuccess: 'False', statusCode: -1 }],
    ['failure as a sample of Azure tells it', { isSuccess: false, statusCode: 'ENOTFOUND' }],
    ['failure of whatever kind', { isSuccess: false, statusCode: 1.5, statusDescription: {} }],
  ])('may be a %s', async (_, said) => {
    const body = JSON.stringify(said);
    expect((await client.ask('POST', `${files}/notifications/c1`, { body })).status).toBe(204);
    expect(gateway.uploads.completions).toEqual([{ correlationId: 'c1', isSuccess: false }]);
  });

  test.each([
    ['InvalidFileUploadCorrelationId', '', status],
    ['InvalidFileUploadCorrelationId', '/c2', status],
    ['ArgumentInvalid', '', { ...status, correlationId: 1 }],
    ['ArgumentInvalid', '/c1', []],
    ['InvalidFileUploadCompletionStatus', '/c1', {}],
    ['InvalidFileUploadCompletionStatus', '/c1', { ...status, isSuccess: 1 }],
  ])('device-https 37: is refused with %s: …%s %j', async (code, rest, said) => {
    const body = JSON.stringify(said);
    const answer = await client.ask('POST', `${files}/notifications${rest}`, { body });

    expect(codeOf(answer)).toEqual([400, code]);
    expect(gateway.uploads.completions).toEqual([]);
  });
});

test('modules upload no files', async () => {
  const answer = await client.ask('POST', '/devices/d1/modules/m1/files', { body: '{}' });

  expect(answer.status).toBe(404);
});

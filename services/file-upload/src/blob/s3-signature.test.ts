import { expect, test } from '@jest/globals';
import { encodePath } from './encode-path.js';
import { presignS3 } from './s3-signature.js';

test('the example of the documentation has its signature', () => {
  const query = presignS3(
    {
      method: 'GET',
      host: 'examplebucket.s3.amazonaws.com',
      path: '/test.txt',
      time: new Date('2013-05-24T00:00:00Z'),
      ttlSeconds: 86_400,
    },
    {
      region: 'us-east-1',
      accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    },
  );

  expect(query).toBe(
    'X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      '&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
      '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
      '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
});

test('of a path all but the unreserved characters and the slash is encoded', () => {
  expect(encodePath("a-b_c.d~e/!'()*/ +%?#&=ü")).toBe(
    'a-b_c.d~e/%21%27%28%29%2A/%20%2B%25%3F%23%26%3D%C3%BC',
  );
});

/**
 * Presigned requests of S3: AWS Signature Version 4 in the query ("Authenticating Requests: Using Query Parameters",
 * docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
 */
import { createHash, createHmac } from 'node:crypto';
import { encodeStrictly } from './encode-path.js';

export interface S3Credentials {
  readonly region: string;
  readonly accessKeyId: string;
  /** A secret. */
  readonly secretAccessKey: string;
}

export interface S3Request {
  readonly method: 'HEAD' | 'PUT' | 'GET';
  /** As in the header of that name. */
  readonly host: string;
  /** Encoded strictly. */
  readonly path: string;
  readonly time: Date;
  /** At most a week. */
  readonly ttlSeconds: number;
}

const algorithm = 'AWS4-HMAC-SHA256';

/** @returns the query with which the request may be made, and no other */
export function presignS3(request: S3Request, credentials: S3Credentials): string {
  const { method, host, path, time, ttlSeconds } = request;
  const { region, accessKeyId, secretAccessKey } = credentials;
  const timestamp = time.toISOString().replace(/[-:]|\.\d+/g, '');
  const date = timestamp.slice(0, 8);
  const scope = [date, region, 's3', 'aws4_request'];
  // In the order of their names, which is signed.
  const query = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', [accessKeyId, ...scope].join('/')],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(ttlSeconds)],
    ['X-Amz-SignedHeaders', 'host'],
  ]
    .map((pair) => pair.map(encodeStrictly).join('='))
    .join('&');
  const canonical = [method, path, query, `host:${host}`, '', 'host', 'UNSIGNED-PAYLOAD'];
  const signed = [algorithm, timestamp, scope.join('/'), sha256(canonical.join('\n'))];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  return `${query}&X-Amz-Signature=${hmac(key, signed.join('\n')).toString('hex')}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

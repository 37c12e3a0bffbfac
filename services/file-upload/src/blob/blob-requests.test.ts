import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { authorityOf, createTestCertificate } from '@linchpin/testing';
import { BlobRequests } from './blob-requests.js';

const folder = mkdtempSync(join(tmpdir(), 'blob-requests-'));
const shown = createTestCertificate(folder, 'store', 'ec');
const ends: (() => unknown)[] = [];

afterAll(() => {
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  ends.splice(0).forEach((end) => end());
});

/** A store that answers each request with this. */
async function ask(answer: string, signal: AbortSignal) {
  const [key, cert] = [readFileSync(shown.key), readFileSync(shown.certificate)];
  const server = createServer({ key, cert }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const requests = new BlobRequests({ authorities: [authorityOf(shown)] });
  ends.push(
    () => server.close(),
    () => {
      requests.close();
    },
  );
  const { port } = server.address() as AddressInfo;
  return requests.send({
    method: 'HEAD',
    place: { hostname: '127.0.0.1', port, path: '/c', query: 'sig=s' },
    blobName: 'b',
    expectedStatuses: [200],
    answerBytesMax: 1,
    signal,
  });
}

test.each([
  [
    'of another protocol',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
  ],
  ['that never goes on', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
])('an answer %s is waited for no longer than the signal says', async (_name, answer) => {
  const cancelled = new Error('the job was cancelled');
  const abort = new AbortController();
  const asked = ask(answer, abort.signal);
  setTimeout(() => {
    abort.abort(cancelled);
  }, 200);
  await expect(asked).rejects.toBe(cancelled);
});

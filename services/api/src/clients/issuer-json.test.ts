import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { authorityOf, createTestCertificate } from '@linchpin/testing';
import { fetchIssuerJson } from './issuer-json.js';

const folder = mkdtempSync(join(tmpdir(), 'issuer-json-'));
const shown = createTestCertificate(folder, 'issuer', 'ec');
let server: Server;

afterEach(() => {
  server.close();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What an issuer is taken to say that answers like this. */
async function ask(answer: string): Promise<unknown> {
  const [key, cert] = [readFileSync(shown.key), readFileSync(shown.certificate)];
  server = createServer({ key, cert }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const settings = { authorities: [authorityOf(shown)], timeoutMs: 300 };
  return fetchIssuerJson(`https://127.0.0.1:${port}/keys`, settings);
}

test.each([
  ['in another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade'],
  ['that never comes', 'HTTP/1.1 103 Early Hints'],
  ['that never ends', 'HTTP/1.1 200 OK\r\nContent-Length: 9'],
])('an answer %s is waited for no longer than the time says', async (_name, head) => {
  await expect(ask(`${head}\r\n\r\n`)).rejects.toMatchObject({
    name: expect.stringMatching(/^(?:Abort|Timeout)Error$/),
  });
});

/** security-limits.md section 5: what both public listeners of a hub speak. */
import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createClientCertificate } from './support/client-certificate.js';
import { hub } from './support/hub.js';

const sockets: TLSSocket[] = [];

afterEach(() => {
  sockets.splice(0).forEach((socket) => socket.destroy());
});

describe.each([
  ['MQTT', 8883],
  ['HTTPS', 443],
])('%s', (_listener, port) => {
  /** Rejects when the handshake fails. */
  async function shakeHands(options: ConnectionOptions): Promise<TLSSocket> {
    const socket = connect({ host: hub.host, port, ca: hub.authority, ...options });
    sockets.push(socket);
    await once(socket, 'secureConnect');
    return socket;
  }

  test.each<[string, ConnectionOptions]>([
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1' }],
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' }],
    ['no forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES256-GCM-SHA384' }],
    ['SHA-1', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-SHA' }],
    ['3DES', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-DES-CBC3-SHA:DES-CBC3-SHA' }],
  ])('security-limits 20: refuses %s', async (_what, { ciphers = 'ALL', ...options }) => {
    // The client itself would not go so low; the refusal must be the hub's.
    const willing = { ciphers: `${ciphers}:@SECLEVEL=0`, ...options };
    await expect(shakeHands(willing)).rejects.toThrow();
  });

  test.each([
    ['TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384'],
    ['TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLSv1.2', 'ECDHE-RSA-AES128-SHA256'],
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
  ] as const)('security-limits 20: speaks %s with %s', async (version, ciphers) => {
    const options = { minVersion: version, maxVersion: version, ciphers };
    const socket = await shakeHands(options);
    expect([socket.getProtocol(), socket.getCipher().name]).toEqual([version, ciphers]);
  });

  test('a second hub is who it says it is, below the domain of the runner', async () => {
    const socket = await shakeHands({ servername: 'plant-7.linchpin.localhost' });
    expect(socket.authorized).toBe(true);
  });

  test('security-limits 21: a client passes without a certificate, and with one that nobody knows', async () => {
    const { tls } = createClientCertificate();
    for (const certificate of [{}, tls]) {
      const socket = await shakeHands(certificate);
      expect(socket.authorized).toBe(true);
    }
  });
});

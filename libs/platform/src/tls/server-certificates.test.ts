import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, afterAll, describe, expect, test } from '@jest/globals';
import { createTestCertificate, authorityOf, type TestCertificate } from '@linchpin/testing';
import { createLogger } from '../logging/index.js';
import { ServerCertificates, type CertificateFiles } from './server-certificates.js';
import { TlsListener, type ClientPlace } from './tls-listener.js';
import { standardTlsPolicy } from './tls-policy.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const closes: (() => unknown)[] = [];
let folder: string;
let rsa: TestCertificate;
let ec: TestCertificate;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  rsa = createTestCertificate(folder, 'rsa', 'rsa');
  ec = createTestCertificate(folder, 'ec', 'ec');
});

afterEach(() => {
  closes.splice(0).forEach((close) => close());
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function filesOf(...pairs: TestCertificate[]): CertificateFiles {
  return {
    certificates: pairs.map(({ certificate }) => certificate),
    keys: pairs.map(({ key }) => key),
  };
}

async function listen(certificates: ServerCertificates): Promise<TlsListener<ClientPlace>> {
  const listener = new TlsListener<ClientPlace>({
    listen: [{ host: '127.0.0.1', port: 0 }],
    certificates,
    asksForCertificate: false,
    proxies: new BlockList(),
    unnamedMax: 0,
    handshakeTimeoutMs: 60_000,
    admission: { enter: () => ({ ended: () => undefined }) },
    onClient: (socket) => {
      socket.on('error', () => undefined).pipe(socket);
    },
    onTurnedAway: () => undefined,
  });
  await listener.listen();
  closes.push(() => {
    listener.stopAccepting();
  });
  return listener;
}

function open(files: CertificateFiles, policy = standardTlsPolicy): ServerCertificates {
  const certificates = new ServerCertificates({ files, policy, logger, watchIntervalMs: 20 });
  closes.push(() => {
    certificates.close();
  });
  return certificates;
}

async function dial(
  { ports: [port = 0] }: TlsListener<ClientPlace>,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const ca = authorityOf(rsa, ec);
  const socket = connect({ host: '127.0.0.1', port, ca, ...options });
  closes.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

test('a client gets the certificate of the type of key that it can take', async () => {
  const server = await listen(open(filesOf(rsa, ec)));
  const maxVersion = 'TLSv1.2' as const;

  const first = await dial(server, { maxVersion, ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
  const second = await dial(server, { maxVersion, ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });

  expect(first.getPeerCertificate().subject.CN).toBe('rsa');
  expect(second.getPeerCertificate().subject.CN).toBe('ec');
});

describe('security-limits 20: the standard policy', () => {
  const gcm = 'ECDHE-RSA-AES256-GCM-SHA384';
  const anything = 'ALL@SECLEVEL=0';

  test.each<[string, ConnectionOptions]>([
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: anything }],
    ['a key exchange that keeps no secret', { ciphers: 'AES128-GCM-SHA256' }],
    ['a finite field', { ciphers: 'DHE-RSA-AES128-GCM-SHA256' }],
    ['a suite with SHA-1', { ciphers: 'ECDHE-RSA-AES128-SHA' }],
    ['no encryption', { ciphers: 'ECDHE-RSA-NULL-SHA:@SECLEVEL=0' }],
  ])('refuses %s', async (_, options) => {
    const server = await listen(open(filesOf(rsa)));
    await expect(dial(server, { maxVersion: 'TLSv1.2', ...options })).rejects.toThrow();
  });

  test.each<[string, ConnectionOptions, string]>([
    ['TLS 1.2 with its best suite', { maxVersion: 'TLSv1.2' }, gcm],
    [
      "TLS 1.2 with Azure's last",
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256' },
      'ECDHE-RSA-AES128-SHA256',
    ],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }, 'TLS_AES_256_GCM_SHA384'],
  ])('accepts %s', async (_, options, suite) => {
    const server = await listen(open(filesOf(rsa)));
    expect((await dial(server, options)).getCipher().name).toBe(suite);
  });
});

describe('a narrower policy', () => {
  const gcm = 'ECDHE-RSA-AES128-GCM-SHA256';

  test('of TLS 1.3 refuses 1.2', async () => {
    const server = await listen(open(filesOf(rsa), { ...standardTlsPolicy, minVersion: '1.3' }));
    await expect(dial(server, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    expect((await dial(server)).getProtocol()).toBe('TLSv1.3');
  });

  test('of one suite refuses the others, and versions that it is not of', async () => {
    const server = await listen(open(filesOf(rsa), { minVersion: '1.2', cipherSuites: [gcm] }));
    await expect(dial(server, { ciphers: 'ECDHE-RSA-AES128-SHA256' })).rejects.toThrow();
    await expect(dial(server, { minVersion: 'TLSv1.3' })).rejects.toThrow();
    expect((await dial(server)).getCipher()).toMatchObject({ name: gcm });
  });

  test('prefers in the order of the standard one, whatever order is given', async () => {
    const cipherSuites = [gcm, 'ECDHE-RSA-AES256-GCM-SHA384'] as const;
    const server = await listen(open(filesOf(rsa), { minVersion: '1.2', cipherSuites }));
    const ciphers = cipherSuites.join(':');
    expect((await dial(server, { ciphers })).getCipher().name).toBe(cipherSuites[1]);
  });

  test('outlives new certificates', async () => {
    const certificates = open(filesOf(rsa), { ...standardTlsPolicy, minVersion: '1.3' });
    const server = await listen(certificates);
    process.emit('SIGHUP');
    await expect(dial(server, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
  });
});

test.each([
  ['a file changes', () => undefined],
  ['SIGHUP comes', () => process.emit('SIGHUP')],
])('new connections get new certificates when %s, old ones go on', async (_, tell) => {
  const current = { certificate: join(folder, 'now.crt'), key: join(folder, 'now.key') };
  copyPair(rsa, current);
  const server = await listen(open(filesOf(current)));
  const old = await dial(server);

  copyPair(ec, current);
  tell();
  let names: (string | undefined)[];
  do {
    const { subject } = (await dial(server)).getPeerCertificate();
    names = [subject.CN].flat();
  } while (!names.includes('ec'));

  old.write('still there');
  expect(String((await once(old, 'data'))[0])).toBe('still there');
});

test('a certificate without its key replaces nothing', async () => {
  const current = { certificate: join(folder, 'half.crt'), key: join(folder, 'half.key') };
  copyPair(rsa, current);
  const server = await listen(open(filesOf(current)));

  copyFileSync(ec.certificate, current.certificate);
  process.emit('SIGHUP');

  expect((await dial(server)).getPeerCertificate().subject.CN).toBe('rsa');
});

test('a certificate whose chain is cut off replaces nothing', async () => {
  const current = { certificate: join(folder, 'cut.crt'), key: join(folder, 'cut.key') };
  copyPair(rsa, current);
  const server = await listen(open(filesOf(current)));

  copyPair(ec, current);
  appendFileSync(current.certificate, '-----BEGIN CERTIFICATE-----\nMIIB');
  process.emit('SIGHUP');

  expect((await dial(server)).getPeerCertificate().subject.CN).toBe('rsa');
});

test.each([
  [
    'a missing file',
    () => filesOf({ certificate: '/nowhere.crt', key: rsa.key }),
    'LINCHPIN_TLS_CERT_FILE: cannot read /nowhere.crt: ENOENT',
  ],
  [
    'a missing key',
    () => filesOf({ ...rsa, key: '/nowhere.key' }),
    'LINCHPIN_TLS_KEY_FILE: cannot read',
  ],
  ['a key of another', () => filesOf({ ...rsa, key: ec.key }), 'are not a certificate and its key'],
  ['fewer keys than certificates', () => ({ ...filesOf(rsa, ec), keys: [rsa.key] }), 'one key for'],
])('%s ends the start with a sentence that says so', (_, files, said) => {
  expect(() => open(files())).toThrow(said);
});

function copyPair(from: TestCertificate, to: TestCertificate): void {
  copyFileSync(from.certificate, to.certificate);
  writeFileSync(to.key, '');
  copyFileSync(from.key, to.key);
}

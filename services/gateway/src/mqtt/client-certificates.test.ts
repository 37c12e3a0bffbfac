/** What a device shows in the TLS handshake, and what of it is judged (device-mqtt.md sections 1.2 and 2.5). */
import { once } from 'node:events';
import { BlockList } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  extensionOf,
  issueCertificate,
  type IssuedCertificate,
  type IssueOptions,
} from '@linchpin/testing';
import { generate } from 'mqtt-packet';
import { Admission } from '../sockets/admission.js';
import { connectPacketWithout } from './client.fake.js';
import { FakeGateway } from './gateway.fake.js';
import type { ConnectionListener } from '../sockets/connection-listener.js';
import { startMqttListener } from './mqtt-listener.js';

const server = issueCertificate({ subject: 'h.example.net' });
const root = issueCertificate({ subject: 'Root', authority: true });
const upper = issueCertificate({ subject: 'Upper', authority: true, issuer: root });
const lower = issueCertificate({ subject: 'Lower', authority: true, issuer: upper });
const leafOf = (issuer: IssuedCertificate, options: Partial<IssueOptions> = {}) =>
  issueCertificate({ subject: 'd1', issuer, ...options });

/** Return codes of CONNACK. */
const [accepted, refused] = [0, 5];

let gateway: FakeGateway;
let listener: ConnectionListener;
let sockets: TLSSocket[];

beforeEach(async () => {
  gateway = new FakeGateway();
  sockets = [];
  listener = await startMqttListener({
    listen: [{ host: '127.0.0.1', port: 0 }],
    certificates: { secureContextOptions: { cert: server.certificate, key: server.key } },
    proxies: new BlockList(),
    handshakeTimeoutMs: 60_000,
    drainMs: 100,
    admission: new Admission({
      connectionsMax: 100,
      unauthenticatedMax: 100,
      unauthenticatedPerAddressMax: 100,
    }),
    services: gateway.services,
  });
});

afterEach(async () => {
  for (const socket of sockets) {
    socket.destroy();
  }
  listener.stopAccepting();
  await listener.drain();
});

/** The leaf's key signs; the others follow it as they stand. */
function showing(leaf: IssuedCertificate, ...others: readonly IssuedCertificate[]) {
  return { key: leaf.key, cert: [leaf, ...others].map((each) => each.certificate).join('') };
}

async function shakeHands(options: ConnectionOptions): Promise<TLSSocket> {
  const [port = 0] = listener.ports;
  const socket = connect({ port, host: '127.0.0.1', ca: server.certificate, ...options });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

/** What CONNECT without a password is answered with. */
async function answerTo(options: ConnectionOptions): Promise<number> {
  const socket = await shakeHands({ checkServerIdentity: () => undefined, ...options });
  socket.write(generate(connectPacketWithout('password')));
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.readUInt8(3);
}

function shownToJudge(): readonly Buffer[] {
  const credential = gateway.authenticator.claims.at(-1)?.credential;
  return credential?.kind === 'certificates' ? credential.chain : [];
}

const dersOf = (...certificates: readonly IssuedCertificate[]) =>
  certificates.map(({ der }) => der);

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('over %s', (version) => {
  const tls = { minVersion: version, maxVersion: version };

  test('the whole chain is judged, the leaf first', async () => {
    const leaf = leafOf(lower);
    expect(await answerTo({ ...tls, ...showing(leaf, lower, upper, root) })).toBe(accepted);
    expect(shownToJudge()).toEqual(dersOf(leaf, lower, upper, root));
  });

  test('what belongs to no chain is left out', async () => {
    const leaf = leafOf(lower);
    await answerTo({ ...tls, ...showing(leaf, server, lower) });
    expect(shownToJudge()).toEqual(dersOf(leaf, lower));
  });

  test('security-limits 21: who shows none passes the handshake, and needs a password', async () => {
    expect(await answerTo(tls)).toBe(refused);
    expect(gateway.authenticator.claims).toEqual([]);
  });

  test('a session is not resumed: each connection shows its chain anew', async () => {
    const options = { ...tls, ...showing(leafOf(lower), lower, upper) };
    let session: Buffer | undefined;
    const first = await shakeHands({ ...options, checkServerIdentity: () => undefined });
    first.on('session', (given) => {
      session = given;
    });
    first.write(generate(connectPacketWithout('password')));
    await once(first, 'data');

    const again = { ...options, session: session ?? first.getSession() };
    expect(await answerTo(again)).toBe(accepted);
    expect(sockets.at(-1)?.isSessionReused()).toBe(false);
    expect(shownToJudge()).toHaveLength(3);

    // Nor does a session let anybody in who has no certificate by now.
    expect(await answerTo({ ...tls, session: again.session })).toBe(refused);
  });
});

test('an expired certificate, one of tomorrow and one of nobody pass the handshake', async () => {
  const hourMs = 3_600_000;
  const [past, future] = [new Date(Date.now() - hourMs), new Date(Date.now() + hourMs)];
  for (const leaf of [
    leafOf(root, { notBefore: new Date(0), notAfter: past }),
    leafOf(root, { notBefore: future }),
    issueCertificate({ subject: 'd1' }),
    leafOf(root, { purposes: ['1.3.6.1.5.5.7.3.1'] }),
  ]) {
    expect(await answerTo(showing(leaf))).toBe(accepted);
    expect(shownToJudge()[0]).toEqual(leaf.der);
  }
});

test('of a long chain as much is judged as anybody looks at', async () => {
  const chain = [root];
  while (chain.length < 15) {
    const [issuer = root] = chain;
    chain.unshift(issueCertificate({ subject: `CA ${chain.length}`, authority: true, issuer }));
  }
  const leaf = leafOf(chain[0] ?? root);
  await answerTo(showing(leaf, ...chain));
  expect(shownToJudge()).toEqual(dersOf(leaf, ...chain.slice(0, 9)));
});

test('an issuer that is too large to be looked at ends the chain', async () => {
  const extensions = [extensionOf('1.3.6.1.4.1.99999', false, Buffer.alloc(20_000))];
  const large = issueCertificate({ subject: 'Large', authority: true, issuer: upper, extensions });
  const leaf = leafOf(large);
  await answerTo(showing(leaf, large, upper));
  expect(shownToJudge()).toEqual(dersOf(leaf));
});

test('certificates that issue each other in a ring come to an end', async () => {
  const one = issueCertificate({ subject: 'One', authority: true });
  const two = issueCertificate({ subject: 'Two', authority: true, issuer: one });
  const ring = issueCertificate({ subject: 'One', authority: true, issuer: two });
  const leaf = leafOf(ring);
  await answerTo(showing(leaf, ring, two, ring, two, one));
  expect(shownToJudge().length).toBeLessThanOrEqual(10);
  expect(shownToJudge()[0]).toEqual(leaf.der);
});

test('names with everything in them are passed on as they are', async () => {
  const leaf = leafOf(root, { subject: 'd1\0\n\r\u0007" CN=d2' });
  expect(await answerTo(showing(leaf))).toBe(accepted);
  expect(shownToJudge()).toEqual(dersOf(leaf));
});

test('many who come at once are each judged by their own', async () => {
  const leaves = Array.from({ length: 20 }, (_, index) => leafOf(root, { subject: `d${index}` }));
  const sent = leaves.map((leaf) => answerTo(showing(leaf)));
  expect(await Promise.all(sent)).toEqual(leaves.map(() => accepted));
  const judged = gateway.authenticator.claims.map(({ credential }) =>
    credential.kind === 'certificates' ? credential.chain[0]?.toString('hex') : '',
  );
  expect(new Set(judged)).toEqual(new Set(leaves.map(({ der }) => der.toString('hex'))));
});

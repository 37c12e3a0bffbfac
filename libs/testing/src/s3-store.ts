/** A store of S3's kind that a test starts for itself: S3Proxy, which checks each signature, over a folder of its own. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { testS3Programs } from './engines.js';
import { eventually } from './eventually.js';
import { freePort } from './free-port.js';
import { authorityOf, createTestCertificate } from './test-certificate.js';

const accessKeyId = 'test-access-key';
const secretAccessKey = 'test-secret-access-key';
const keystorePassword = 'keystore';
/** A Java on a machine that does much else. */
const startTimeoutMs = 90_000;
const logging = fileURLToPath(new URL('../s3-store/logback.xml', import.meta.url));

export class S3Store {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly child: ChildProcess,
    /** PEM text of what a client must trust. */
    readonly authority: string,
  ) {}

  static async start(): Promise<S3Store> {
    const folder = mkdtempSync(join(tmpdir(), 's3-store-'));
    mkdirSync(join(folder, 'buckets'));
    const port = await freePort();
    const authority = writeSettings(folder, port);
    const { java, classPath } = testS3Programs();
    const command = [
      ...['-cp', classPath, `-Dlogback.configurationFile=${logging}`, '-Xmx256m'],
      ...['org.gaul.s3proxy.Main', '--properties', join(folder, 's3proxy.conf')],
    ];
    const child = spawn(java, command, { stdio: ['ignore', 'ignore', 'inherit'] });
    const store = new S3Store(folder, port, child, authority);
    try {
      await eventually(() => isListening(port), startTimeoutMs, 'S3Proxy');
    } catch (error) {
      await store.stop();
      throw error;
    }
    return store;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** As a hub's owner names it. */
  get connectionString(): string {
    const keys = `AccessKeyId=${accessKeyId};SecretAccessKey=${secretAccessKey}`;
    return `S3Endpoint=https://${this.host};Region=us-east-1;${keys}`;
  }

  createBucket(name: string): void {
    mkdirSync(join(this.folder, 'buckets', name));
  }

  /** Undefined when there is no such object. */
  read(bucket: string, key: string): string | undefined {
    const file = join(this.folder, 'buckets', bucket, key);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
    rmSync(this.folder, { recursive: true });
  }
}

/** @returns what a client must trust */
function writeSettings(folder: string, port: number): string {
  const shown = createTestCertificate(folder, 'store', 'ec');
  const keystore = join(folder, 'keystore.p12');
  execFileSync('openssl', [
    ...['pkcs12', '-export', '-inkey', shown.key, '-in', shown.certificate],
    ...['-out', keystore, '-passout', `pass:${keystorePassword}`],
  ]);
  const settings = {
    's3proxy.secure-endpoint': `https://127.0.0.1:${port}`,
    's3proxy.keystore-path': keystore,
    's3proxy.keystore-password': keystorePassword,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': accessKeyId,
    's3proxy.credential': secretAccessKey,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.identity': 'unused',
    'jclouds.credential': 'unused',
    'jclouds.filesystem.basedir': join(folder, 'buckets'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, 's3proxy.conf'), lines.join(''));
  return authorityOf(shown);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => {
        resolve(false);
      });
  });
}

/** A broker that readers come to, before an api that is a stand-in, and those readers. */
import { strict as assert } from 'node:assert';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { parseSasToken } from '@linchpin/auth';
import { eventually, eventuallyPasses } from '@linchpin/testing';
import { Kafka, logLevel } from 'kafkajs';
import { ensureCertificates, type CertificateFiles } from '../../src/tls/certificate-files.js';
import { RawReader, type RawReaderOptions } from './raw-reader.js';
import { StandInApi } from './stand-in-api.js';
import { TestBroker } from './test-broker.js';

export const topic = 't.events.plant';
export const otherTopic = 't.events.mill';
export const key = Buffer.alloc(32, 5).toString('base64');

/** kafkajs's word for a connection that breaks while it logs in. */
export const cutOff = expect.stringMatching(/closed|disconnected|ECONNRESET/i);

export interface Reading {
  readonly first: Promise<string>;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export class ReadersBroker {
  #policies = 0;

  private constructor(
    private readonly folder: string,
    readonly certificates: CertificateFiles,
    readonly api: StandInApi,
    private readonly broker: TestBroker,
  ) {}

  static async start(
    environment: NodeJS.ProcessEnv,
    properties: readonly string[],
  ): Promise<ReadersBroker> {
    const folder = mkdtempSync(join(tmpdir(), 'linchpin-readers-'));
    const certificates = await makeCertificates(join(folder, 'tls'));
    const [server] = certificates.server;
    const api = await StandInApi.start(server, grant);
    const certificateFile = join(folder, 'readers.pem');
    writeFileSync(
      certificateFile,
      readFileSync(server.keyFile, 'utf8') + readFileSync(server.certificateFile, 'utf8'),
    );
    const { authorityFile } = certificates;
    const apiUrl = `https://127.0.0.1:${api.port}`;
    const { PATH = '', HOME = '', JAVA_HOME = '' } = environment;
    const listener = { apiUrl, authorityFile, certificateFile };
    const broker = await TestBroker.start({ PATH, HOME, JAVA_HOME }, folder, listener, properties);
    const readers = new ReadersBroker(folder, certificates, api, broker);
    await readers.#prepareTopics();
    // The first question takes a cold virtual machine longer than it may take here.
    await eventually(async () => (await readers.login(readers.newPassword())) === 'in');
    return readers;
  }

  /** What the broker has written so far, a line for each. */
  logLines(): readonly string[] {
    return readFileSync(join(this.folder, 'kafka.log'), 'utf8').split('\n');
  }

  get newestPolicy(): string {
    return `p${this.#policies}`;
  }

  /** Of a policy that nobody has shown yet, so that the api must be asked. */
  newPassword(endpoint = 'sb://plant.example/'): string {
    this.#policies += 1;
    return `Endpoint=${endpoint};SharedAccessKeyName=${this.newestPolicy};SharedAccessKey=${key}`;
  }

  /** Whoever works inside, without a password. */
  inside(): Kafka {
    return new Kafka({ brokers: [this.broker.inside], logLevel: logLevel.NOTHING });
  }

  outside(password: string, username = '$ConnectionString'): Kafka {
    return new Kafka({
      brokers: [this.broker.outside],
      ssl: { ca: [readFileSync(this.certificates.authorityFile)] },
      sasl: { mechanism: 'plain', username, password },
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 },
    });
  }

  /** What the login ends with; `in` when it counts. */
  async login(password: string): Promise<string> {
    const admin = this.outside(password).admin();
    try {
      await admin.connect();
      return 'in';
    } catch (error) {
      return (error as Error).message;
    } finally {
      await admin.disconnect();
    }
  }

  /** Undefined when the broker does not let it in. */
  openRaw(
    password: string,
    options: Partial<Pick<RawReaderOptions, 'from' | 'pieceBytes'>> = {},
  ): Promise<RawReader | undefined> {
    const { authorityFile } = this.certificates;
    const { outside: address } = this.broker;
    return RawReader.open({ address, from: '127.0.0.5', authorityFile, password, ...options });
  }

  /** One of the hub, which is from then on the hub of all whom the api is asked about. */
  async openRawOf(hub: string): Promise<RawReader> {
    this.api.answer = (_, response) => {
      answerJson(response, { hub, policy: 'p', path: `t.events.${hub}` });
    };
    const opened = await this.openRaw(this.newPassword());
    assert(opened !== undefined);
    return opened;
  }

  certificatesIn(name: string): Promise<CertificateFiles> {
    return makeCertificates(join(this.folder, name));
  }

  async stop(): Promise<void> {
    await this.broker.stop();
    await this.api.stop();
    rmSync(this.folder, { recursive: true });
  }

  async #prepareTopics(): Promise<void> {
    const admin = this.inside().admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic }, { topic: otherTopic }] });
    // Kafka makes its topic of offsets for the first group, and clients here ask once.
    await eventuallyPasses(async () => {
      await admin.fetchOffsets({ groupId: 'first', topics: [topic] });
    });
    await admin.disconnect();
    const producer = this.inside().producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'd1', value: 'stored' }] });
    await producer.disconnect();
  }
}

/** Takes every policy for one that may read the topic. */
export function grant({ headers }: IncomingMessage, response: ServerResponse): void {
  const { policy } = parseSasToken(headers.authorization ?? '');
  answerJson(response, { hub: 'plant', policy, path: topic });
}

export function answerJson(response: ServerResponse, body: object): void {
  response.end(JSON.stringify(body));
}

export async function read(
  kafka: Kafka,
  groupId = `${topic}.${randomUUID()}`,
  from = topic,
): Promise<Reading> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, retry: { retries: 0 } });
  const ended = new Promise<string>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      resolve(payload.error.message);
    });
  });
  await consumer.connect();
  await consumer.subscribe({ topic: from, fromBeginning: true });
  let found: (value: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => {
    found = resolve;
  });
  await consumer.run({
    eachMessage: ({ message }) => {
      found(String(message.value));
      return Promise.resolve();
    },
  });
  return { first, ended, stop: () => consumer.disconnect() };
}

function makeCertificates(folder: string): Promise<CertificateFiles> {
  const reporter = { say: () => undefined, log: () => undefined };
  mkdirSync(folder);
  return ensureCertificates(folder, ['localhost', '127.0.0.1'], new Date(), reporter);
}

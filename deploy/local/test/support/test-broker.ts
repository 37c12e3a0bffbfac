/** A broker of a test's own, set up as the runner sets one up, with more of its properties. */
import assert from 'node:assert';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@linchpin/testing';
import { readConfig } from '../../src/config.js';
import { prepareKafka } from '../../src/engines/kafka.js';
import type { ReadersListener } from '../../src/engines/kafka-config.js';
import { ensurePrograms } from '../../src/machine/requirements.js';
import { Supervisor } from '../../src/supervisor/supervisor.js';

const reporter = { say: () => undefined, log: () => undefined };

export class TestBroker {
  private constructor(
    private readonly supervisor: Supervisor,
    /** Where everybody may do everything. */
    readonly inside: string,
    /** Where readers come. */
    readonly outside: string,
  ) {}

  static async start(
    environment: Readonly<Record<string, string>>,
    folder: string,
    listener: Pick<ReadersListener, 'apiUrl' | 'authorityFile' | 'certificateFile'>,
    properties: readonly string[],
  ): Promise<TestBroker> {
    const unused = {
      LINCHPIN_POSTGRES_URL: 'postgres://unused',
      LINCHPIN_REDIS_URL: 'redis://unused',
    };
    const config = readConfig({ ...environment, ...unused });
    const { kafka } = await ensurePrograms(config, false, reporter);
    assert(kafka !== undefined, 'no Kafka was given');
    const kafkaFolder = join(folder, 'kafka');
    mkdirSync(kafkaFolder);
    const port = await freePort();
    const readers = {
      ...listener,
      ...{ host: '127.0.0.1', advertisedHost: 'localhost', port: await freePort() },
    };
    const step = await prepareKafka({
      ...{ folder: kafkaFolder, port, controllerPort: await freePort(), readers },
      ...{ ...kafka, environment, reporter },
    });
    // The last line of a name counts.
    appendFileSync(join(kafkaFolder, 'server.properties'), properties.join('\n'));
    const supervisor = new Supervisor({
      plan: [step],
      runFile: join(folder, 'run.json'),
      logsFolder: folder,
      reporter,
    });
    await supervisor.start();
    return new TestBroker(supervisor, `127.0.0.1:${port}`, `localhost:${readers.port}`);
  }

  stop(): Promise<void> {
    return this.supervisor.stop();
  }
}

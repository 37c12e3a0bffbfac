/** The broker's server.properties: one node that is broker and controller (KRaft). */
import { formatHostPort } from '@linchpin/platform/config';

type Setting = readonly [name: string, value: string | number | boolean];

interface KafkaConfigOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly controllerPort: number;
  /** Undefined where nobody comes from outside. */
  readonly readers?: ReadersListener;
}

/** Where the readers of hubs connect, over TLS and by `$ConnectionString` (deploy/kafka/README.md). */
export interface ReadersListener {
  readonly host: string;
  readonly port: number;
  /** By which its clients find it, in its certificate. */
  readonly advertisedHost: string;
  /** The api that knows whether a connection string counts. */
  readonly apiUrl: string;
  /** PEM file of the authority that signed the api's certificate. */
  readonly authorityFile: string;
  /** PEM file with the key and the certificate that clients are shown. */
  readonly certificateFile: string;
}

/** The services send less than 2 MiB: `requestBytesMax` of the platform's producer and one batch. */
const requestBytesMax = 2 * 1024 * 1024;
const readersMax = 100;
/** One address leaves half of them to others. */
const addressReadersMax = 50;
/** A hub's 100 groups of so many members: some 70 MB of the heap where all of them wait (deploy/kafka/README.md). */
const groupMembersMax = 16;
/** A member is kept for so long after its connection; clients choose 30 s (kafkajs) or 45 s (Java). */
const groupSessionMsMax = 60_000;

/** The only node of its cluster. */
const kafkaNodeId = 1;

export function formatKafkaConfig(options: KafkaConfigOptions): string {
  const broker = `BROKER://127.0.0.1:${options.port}`;
  const controller = `CONTROLLER://127.0.0.1:${options.controllerPort}`;
  const { readers } = options;
  const settings: readonly Setting[] = [
    ['process.roles', 'broker,controller'],
    ['node.id', kafkaNodeId],
    ['controller.quorum.voters', `${kafkaNodeId}@127.0.0.1:${options.controllerPort}`],
    ['controller.listener.names', 'CONTROLLER'],
    ['listeners', [broker, controller, ...readersAt(readers?.host, readers)].join()],
    ['advertised.listeners', [broker, ...readersAt(readers?.advertisedHost, readers)].join()],
    ['inter.broker.listener.name', 'BROKER'],
    ['listener.security.protocol.map', 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,READERS:SASL_SSL'],
    ['log.dirs', options.dataFolder],
    // Topics have an owner each; a misspelt name must fail.
    ['auto.create.topics.enable', false],
    ['default.replication.factor', 1],
    ['min.insync.replicas', 1],
    ['offsets.topic.replication.factor', 1],
    ['offsets.topic.num.partitions', 4],
    ['transaction.state.log.replication.factor', 1],
    ['transaction.state.log.min.isr', 1],
    ['transaction.state.log.num.partitions', 4],
    ['share.coordinator.state.topic.replication.factor', 1],
    ['share.coordinator.state.topic.min.isr', 1],
    ['share.coordinator.state.topic.num.partitions', 1],
    // A consumer that comes alone need not wait for others.
    ['group.initial.rebalance.delay.ms', 0],
    // A broker that was killed may register anew only when its former session has ended: within
    // 3 s instead of 9. Ready after kill -9, three runs each on two busy cores: 6.2 to 7.6 s
    // instead of 13.4 to 14.4.
    ['broker.heartbeat.interval.ms', 500],
    ['broker.session.timeout.ms', 3_000],
    // A reset or a full disk should not have to wait for one-gigabyte segments.
    ['log.segment.bytes', 128 * 1024 * 1024],
    ...(readers === undefined ? [] : readersSettings(readers)),
  ];
  return settings.map(([name, value]) => `${name}=${escapeValue(String(value))}\n`).join('');
}

function readersAt(host = '', listener: ReadersListener | undefined): readonly string[] {
  return listener === undefined
    ? []
    : [`READERS://${formatHostPort({ host, port: listener.port })}`];
}

function readersSettings(readers: ReadersListener): readonly Setting[] {
  const ofListener: readonly Setting[] = [
    ['sasl.enabled.mechanisms', 'PLAIN'],
    ['plain.sasl.jaas.config', 'org.apache.kafka.common.security.plain.PlainLoginModule required;'],
    ['plain.sasl.server.callback.handler.class', 'linchpin.kafka.ConnectionStringCallbackHandler'],
    // Before the login: a connection string has some 250 bytes.
    ['sasl.server.max.receive.size', 16 * 1024],
    ['ssl.engine.factory.class', 'linchpin.kafka.BoundedSslEngineFactory'],
    ['ssl.keystore.type', 'PEM'],
    ['ssl.keystore.location', readers.certificateFile],
    // Who floods it takes nothing from the services, which have a listener of their own.
    ['max.connections', readersMax],
    ['max.connection.creation.rate', 100],
  ];
  return [
    ...ofListener.map(([name, value]) => [`listener.name.readers.${name}`, value] as const),
    ['socket.request.max.bytes', requestBytesMax],
    // Kafka's 128 MiB would be taken from the same heap, whatever there is to compact.
    ['log.cleaner.dedupe.buffer.size', 16 * 1024 * 1024],
    ['max.connections.per.ip', addressReadersMax],
    // The services', and whoever else is on this machine.
    ['max.connections.per.ip.overrides', '127.0.0.1:2147483647'],
    // What readers can make the broker remember of their groups.
    ['offset.metadata.max.bytes', 256],
    ['group.max.size', groupMembersMax],
    ['group.consumer.max.size', groupMembersMax],
    ['group.max.session.timeout.ms', groupSessionMsMax],
    ['group.coordinator.rebalance.protocols', 'classic,consumer'],
    // A session of fetches (KIP-227) remembers each partition that any of them named, without a bound.
    ['max.incremental.fetch.session.cache.slots', 0],
    ['authorizer.class.name', 'linchpin.kafka.ReaderAuthorizer'],
    // The services, by the listener that has no password.
    ['super.users', 'User:ANONYMOUS'],
    ['linchpin.readers.api.url', readers.apiUrl],
    ['linchpin.readers.api.ca.file', readers.authorityFile],
  ];
}

/** Java's properties are read as ISO 8859-1, and a backslash begins an escape. */
function escapeValue(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The broker's server.properties: one node that is broker and controller (KRaft). */
interface KafkaConfigOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly controllerPort: number;
}

/** The only node of its cluster. */
const kafkaNodeId = 1;

export function formatKafkaConfig(options: KafkaConfigOptions): string {
  const broker = `BROKER://127.0.0.1:${options.port}`;
  const settings: readonly (readonly [string, string | number | boolean])[] = [
    ['process.roles', 'broker,controller'],
    ['node.id', kafkaNodeId],
    ['controller.quorum.voters', `${kafkaNodeId}@127.0.0.1:${options.controllerPort}`],
    ['controller.listener.names', 'CONTROLLER'],
    ['listeners', `${broker},CONTROLLER://127.0.0.1:${options.controllerPort}`],
    ['advertised.listeners', broker],
    ['inter.broker.listener.name', 'BROKER'],
    ['listener.security.protocol.map', 'BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT'],
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
  ];
  return settings.map(([name, value]) => `${name}=${escapeValue(String(value))}\n`).join('');
}

/** Java's properties are read as ISO 8859-1, and a backslash begins an escape. */
function escapeValue(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

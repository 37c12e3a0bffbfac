/** Everything that is measured, in the order in which it is printed. */
interface FigureRow {
  readonly title: string;
  /** Worth a ratio; shares of a core, for instance, are not. */
  readonly isCompared: boolean;
}

const compared = (title: string): FigureRow => ({ title, isCompared: true });
const told = (title: string): FigureRow => ({ title, isCompared: false });

export const figureTable = {
  offeredPerSecond: told('offered messages/s'),
  limitPerSecond: told('allowed messages/s'),
  messagesPerSecond: compared('messages/s'),
  limitDeviation: told('deviation from what is allowed, %'),
  disconnects: told('connections cut off'),
  serverUsPerMessage: compared('CPU-µs a message: server'),
  kafkaUsPerMessage: compared('CPU-µs a message: Kafka'),
  requestsPerSecond: compared('requests/s'),
  serverUsPerRequest: compared('CPU-µs a request: server'),
  balancerUsPerMessage: told('CPU-µs a message: HAProxy'),
  pubackP50: compared('PUBACK p50, ms'),
  pubackP90: compared('PUBACK p90, ms'),
  pubackP99: compared('PUBACK p99, ms'),
  lagP99: told('of that the generator, p99, ms'),
  idleKib: compared('RSS an idle connection, KiB'),
  connectsPerSecond: compared('connects/s'),
  serverUsPerConnect: compared('CPU-µs a connect: server'),
  balancerUsPerConnect: told('CPU-µs a connect: HAProxy'),
  registryUsPerConnect: told('CPU-µs a connect: registry'),
  redisUsPerConnect: told('CPU-µs a connect: Redis'),
  postgresUsPerConnect: told('CPU-µs a connect: PostgreSQL'),
  kafkaUsPerConnect: told('CPU-µs a connect: Kafka'),
  connackP50: compared('TCP, TLS and CONNACK p50, ms'),
  connackP99: compared('TCP, TLS and CONNACK p99, ms'),
  patchesPerSecond: compared('reported patches/s'),
  serverUsPerPatch: compared('CPU-µs a patch: gateway'),
  twinUsPerPatch: compared('CPU-µs a patch: twin'),
  postgresUsPerPatch: compared('CPU-µs a patch: PostgreSQL'),
  kafkaUsPerPatch: compared('CPU-µs a patch: Kafka'),
  registryUsPerPatch: compared('CPU-µs a patch: registry'),
  answerP50: compared('answer p50, ms'),
  answerP99: compared('answer p99, ms'),
  methodsPerSecond: told('methods/s'),
  methodP50: told('answer to a method p50, ms'),
  methodP99: told('answer to a method p99, ms'),
  apiUsPerMethod: told('CPU-µs a method: api'),
  registryUsPerMethod: told('CPU-µs a method: registry'),
  postgresUsPerMethod: told('CPU-µs a method: PostgreSQL'),
  cloudToDeviceUsPerMethod: told('CPU-µs a method: cloud-to-device'),
  redisUsPerMethod: told('CPU-µs a method: Redis'),
  serverUsPerMethod: told('CPU-µs a method: gateways'),
  generatorUsPerMethod: told('CPU-µs a method: load generator'),
  commandsPerSecond: compared('commands/s'),
  commandP50: compared('send to device p50, ms'),
  commandP99: compared('send to device p99, ms'),
  apiUsPerCommand: compared('CPU-µs a command: api'),
  registryUsPerCommand: compared('CPU-µs a command: registry'),
  cloudToDeviceUsPerCommand: compared('CPU-µs a command: cloud-to-device'),
  postgresUsPerCommand: compared('CPU-µs a command: PostgreSQL'),
  redisUsPerCommand: compared('CPU-µs a command: Redis'),
  serverUsPerCommand: compared('CPU-µs a command: gateway'),
  generatorUsPerCommand: told('CPU-µs a command: load generator'),
  serverShare: told('server, % of a core'),
  generatorShare: told('load generator, % of a core'),
  othersShare: told('others on the machine, % of a core'),
} as const satisfies Record<string, FigureRow>;

export type FigureName = keyof typeof figureTable;

/** What one round came to. */
export type Figures = Readonly<Partial<Record<FigureName, number>>>;

/** What one part of the benchmark came to. */
export interface PartResult {
  readonly title: string;
  /** What the reader must know besides. */
  readonly notes: readonly string[];
  /** The figures of each subject (a server, mostly), round by round. */
  readonly rounds: ReadonlyMap<string, readonly Figures[]>;
  /** Which subject is compared with which others. */
  readonly comparisons: readonly { readonly subject: string; readonly to: string }[];
  /** In place of rounds and comparisons, where a row is something else than a figure; the first is the heading. */
  readonly table?: readonly (readonly string[])[];
}

export function figureNames(): FigureName[] {
  return Object.keys(figureTable) as FigureName[];
}

/** One figure of a subject, round by round; nothing when it was not measured. */
export function valuesOf(
  { rounds }: PartResult,
  subject: string,
  name: FigureName,
): readonly number[] | undefined {
  const values = (rounds.get(subject) ?? []).map((figures) => figures[name]);
  return values.length > 0 && values.every((value) => value !== undefined) ? values : undefined;
}

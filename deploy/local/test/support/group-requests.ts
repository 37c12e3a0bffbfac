/** What members of groups ask of the broker, byte by byte: clients say no such thing, or wait for more than the answer. */
import { bytes, int32, text, type RawReader } from './raw-reader.js';

/** Kafka's error codes. */
export const groupErrors = { none: 0, unknownMember: 25, groupDenied: 30, memberIdRequired: 79 };

/** Of the topic's first partition, by who is in no group, which makes one. */
export async function commitOffset(
  reader: RawReader,
  groupId: string,
  topic: string,
): Promise<number> {
  const noGeneration = int32(-1);
  const noRetention = Buffer.alloc(8, 0xff);
  const partition = Buffer.concat([int32(0), Buffer.alloc(8), text('')]);
  const answer = await reader.ask({
    apiKey: 8,
    version: 2,
    body: Buffer.concat([
      ...[text(groupId), noGeneration, text(''), noRetention],
      ...[int32(1), text(topic), int32(1), partition],
    ]),
  });
  return answer.readInt16BE(answer.length - 2);
}

interface Member {
  readonly groupId: string;
  /** What it says of itself for each protocol that it has. */
  readonly metadata?: Buffer;
  /** How many it has; one where undefined. */
  readonly protocols?: number;
  readonly clientId?: string;
}

/** Of who has no member id yet and is to ask again with the one that it is given. */
export async function askForMemberId(reader: RawReader, member: Member): Promise<number> {
  return join(reader, member, 4);
}

/** As clients did before there were ids to ask for: it is a member at once. */
export async function joinGroup(reader: RawReader, member: Member): Promise<number> {
  return join(reader, member, 2);
}

export async function joinShareGroup(reader: RawReader, groupId: string): Promise<number> {
  const none = Buffer.alloc(1);
  const answer = await reader.ask({
    apiKey: 76,
    version: 1,
    body: Buffer.concat([
      ...[none, shortText(groupId), shortText('member'), int32(0)],
      ...[none, none, none],
    ]),
  });
  return answer.readInt16BE(5);
}

async function join(reader: RawReader, member: Member, version: number): Promise<number> {
  const { groupId, metadata = Buffer.alloc(0), protocols = 1, clientId } = member;
  const timeouts = Buffer.concat([int32(30_000), int32(30_000)]);
  const named = Array.from({ length: protocols }, (_, index) =>
    Buffer.concat([text(`p${index}`), bytes(metadata)]),
  );
  const body = Buffer.concat([
    ...[text(groupId), timeouts, text('')],
    ...[text('consumer'), int32(protocols), ...named],
  ]);
  const answer = await reader.ask({ apiKey: 11, version, body }, clientId);
  return answer.readInt16BE(4);
}

/** What a leader says of so many members, each of so many bytes, by who is none. */
export async function assign(
  reader: RawReader,
  groupId: string,
  members: readonly Buffer[],
): Promise<number> {
  const named = members.map((assignment) => Buffer.concat([text(''), bytes(assignment)]));
  const body = Buffer.concat([
    ...[text(groupId), int32(1), text('nobody')],
    ...[int32(members.length), ...named],
  ]);
  const answer = await reader.ask({ apiKey: 14, version: 1, body });
  return answer.readInt16BE(4);
}

/** Below 127 bytes, with Kafka's compact length. */
function shortText(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length + 1]), Buffer.from(value)]);
}

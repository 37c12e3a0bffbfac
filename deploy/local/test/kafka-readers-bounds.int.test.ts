/**
 * What readers can take from a broker, and from each other: memory, places, groups. A real broker with the standard bounds
 * of the runner, before an api that is a stand-in.
 */
import type { RequestListener } from 'node:http';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { parseSasToken } from '@linchpin/auth';
import { eventually } from '@linchpin/testing';
import {
  askForMemberId,
  assign,
  commitOffset,
  groupErrors,
  joinGroup,
  joinShareGroup,
} from './support/group-requests.js';
import type { RawReader } from './support/raw-reader.js';
import {
  answerJson,
  cutOff,
  grant,
  key,
  otherTopic,
  read,
  ReadersBroker,
  topic,
} from './support/readers-broker.js';
import type { StandInApi } from './support/stand-in-api.js';

const startTimeoutMs = 300_000;
/** For a hundred of something, one after the other. */
const manyTimeoutMs = 180_000;
const hubConnectionsMax = 50;
const addressConnectionsMax = 50;
const requestBytesMax = 64 * 1024;
const memberBytesMax = 2 * 1024;
const assignmentBytesMax = 8 * 1024;
const partsMax = 128;
const joinsAtOnceMax = 1_000;
const loginsAtOnceMax = 4 * hubConnectionsMax;

jest.setTimeout(manyTimeoutMs);

let readers: ReadersBroker;
let api: StandInApi;

beforeAll(async () => {
  readers = await ReadersBroker.start(process.env, ['linchpin.readers.recheck.ms=200']);
  ({ api } = readers);
}, startTimeoutMs);

beforeEach(() => {
  api.answer = grant;
});

afterAll(async () => {
  await readers.stop();
}, startTimeoutMs);

describe('whoever floods the listener', () => {
  let open: (RawReader | undefined)[] = [];

  afterEach(() => {
    open.forEach((reader) => reader?.close());
  });

  test('ends no broker by the greatest requests of all connections that may be', async () => {
    api.answer = grantFor((policy) => (policy.startsWith('mill') ? 'mill' : 'plant'));
    open = [
      ...(await openRaw(hubConnectionsMax, '127.0.0.2', passwordOf('plant'))),
      ...(await openRaw(hubConnectionsMax, '127.0.0.3', passwordOf('mill'))),
    ];
    expect(open.every((reader) => reader?.isOpen)).toBe(true);

    open.forEach((reader) => reader?.announce(requestBytesMax));

    const admin = readers.inside().admin();
    await admin.connect();
    await expect(admin.listTopics()).resolves.toContain(topic);
    await admin.disconnect();
    expect(open.every((reader) => reader?.isOpen)).toBe(true);
  });

  test('by a greater request is cut off', async () => {
    // The broker may not know yet that those of the test before are closed.
    await eventually(async () => {
      open = await openRaw(1, '127.0.0.2', readers.newPassword());
      return open[0] !== undefined;
    });

    open[0]!.announce(requestBytesMax + 1);

    await eventually(() => !open[0]!.isOpen);
  });

  test('from one address leaves half of it to others', async () => {
    api.answer = grantFor((policy) => policy);
    open = await openRaw(addressConnectionsMax, '127.0.0.4', passwordOf('north'));

    const more = await openRaw(1, '127.0.0.4', passwordOf('south'));

    expect(open.every((reader) => reader?.isOpen)).toBe(true);
    expect(more).toEqual([undefined]);
    await expect(readers.login(readers.newPassword())).resolves.toBe('in');
  });

  test('with connections of one hub leaves half of it to others, and has room again', async () => {
    const password = passwordOf('plant');
    open = await openRaw(hubConnectionsMax, '127.0.0.1', password);

    await expect(readers.login(readers.newPassword())).resolves.toEqual(cutOff);
    api.answer = grantFor(() => 'mill');
    await expect(readers.login(passwordOf('mill'))).resolves.toBe('in');

    api.answer = grant;
    open[0]!.close();
    await eventually(async () => (await readers.login(readers.newPassword())) === 'in');
  });

  test('by connections that come and go is cut off', async () => {
    api.answer = grantFor(() => 'kiln');
    const password = readers.newPassword();
    const outcomes: (RawReader | undefined)[] = [];
    while (outcomes.length < 2 * loginsAtOnceMax) {
      const [opened] = await openRaw(1, '127.0.0.6', password);
      opened?.close();
      outcomes.push(opened);
    }

    expect(outcomes.slice(0, hubConnectionsMax)).not.toContain(undefined);
    expect(outcomes).toContain(undefined);
  });

  function passwordOf(policy: string): string {
    return `Endpoint=sb://plant.example/;SharedAccessKeyName=${policy};SharedAccessKey=${key}`;
  }

  function grantFor(hubOf: (policy: string) => string): RequestListener {
    return ({ headers }, response) => {
      const { policy } = parseSasToken(headers.authorization ?? '');
      const hub = hubOf(policy ?? '');
      answerJson(response, { hub, policy, path: `t.events.${hub}` });
    };
  }
});

describe('the groups of a hub', () => {
  let raw: RawReader;

  beforeEach(async () => {
    raw = await readers.openRawOf('mill');
  });

  afterEach(() => {
    raw.close();
  });

  const commit = (name: string): Promise<number> =>
    commitOffset(raw, `${otherTopic}.${name}`, otherTopic);

  test.each(['bad name', 'x'.repeat(250), 'é'])('have no such name: %s', async (name) => {
    await expect(commit(name)).resolves.toBe(groupErrors.groupDenied);
  });

  test('are 100 at most, and those that are used are used on', async () => {
    const outcomes: number[] = [];
    for (let group = 0; group < 100; group += 1) {
      outcomes.push(await commit(`g${group}`));
    }

    expect(outcomes).toEqual(outcomes.map(() => groupErrors.none));
    await expect(commit('one-more')).resolves.toBe(groupErrors.groupDenied);
    await expect(commit('g0')).resolves.toBe(groupErrors.none);
  });
});

describe('the members of groups', () => {
  const groupId = 't.events.forge.g';
  let raw: RawReader;

  beforeEach(async () => {
    raw = await readers.openRawOf('forge');
  });

  afterEach(() => {
    raw.close();
  });

  test('say of themselves what clients need, and no more', async () => {
    const metadata = Buffer.alloc(memberBytesMax - 200);
    await expect(joinGroup(raw, { groupId, metadata })).resolves.toBe(groupErrors.none);

    const askedAt = Date.now();
    const tooMuch = { groupId, metadata: Buffer.alloc(memberBytesMax) };

    await expect(joinGroup(raw, tooMuch)).rejects.toThrow(/abort/i);
    // A member that had joined would have kept it waiting for the other to join again.
    expect(Date.now() - askedAt).toBeLessThan(10_000);
  });

  test('have no long client.id', async () => {
    const member = { groupId: `${groupId}2`, clientId: 'x'.repeat(256) };

    await expect(askForMemberId(raw, member)).resolves.toBe(groupErrors.memberIdRequired);
    await expect(askForMemberId(raw, { ...member, clientId: 'x'.repeat(257) })).resolves.toBe(
      groupErrors.groupDenied,
    );
  });

  test('have few protocols', async () => {
    await expect(joinGroup(raw, { groupId: `${groupId}5`, protocols: 16 })).resolves.toBe(
      groupErrors.none,
    );
    await expect(joinGroup(raw, { groupId: `${groupId}6`, protocols: partsMax })).rejects.toThrow(
      /abort/i,
    );
  });

  test('are given what they need, and no more', async () => {
    const assignment = Buffer.alloc(assignmentBytesMax - 200);
    await expect(assign(raw, groupId, [assignment])).resolves.toBe(groupErrors.unknownMember);
    const tooMuch = Buffer.alloc(assignmentBytesMax);

    await expect(assign(raw, groupId, [tooMuch])).rejects.toThrow(/abort/i);
  });

  test('are few to whom their leader gives anything', async () => {
    const members = Array.from({ length: partsMax }, () => Buffer.alloc(0));
    await expect(assign(raw, groupId, members.slice(0, 100))).resolves.toBe(
      groupErrors.unknownMember,
    );

    await expect(assign(raw, groupId, members)).rejects.toThrow(/abort/i);
  });

  test('share no records', async () => {
    await expect(joinShareGroup(raw, `${groupId}3`)).resolves.toBe(groupErrors.groupDenied);
  });

  test('do not ask for ids without end', async () => {
    const outcomes: number[] = [];
    while (outcomes.length < 2 * joinsAtOnceMax) {
      outcomes.push(await askForMemberId(raw, { groupId: `${groupId}4` }));
    }

    expect(outcomes[0]).toBe(groupErrors.memberIdRequired);
    expect(outcomes).toContain(groupErrors.groupDenied);
  });
});

/** One after the other: a fresh credential would be asked for once for each network thread. */
async function openRaw(
  count: number,
  from: string,
  password: string,
): Promise<(RawReader | undefined)[]> {
  const opened = [];
  while (opened.length < count) {
    opened.push(await readers.openRaw(password, { from }));
  }
  return opened;
}

describe('a token in the place of a key', () => {
  const signature = encodeURIComponent(Buffer.alloc(32, 6).toString('base64'));
  const passwordWith = (expiresAt: string): string =>
    `Endpoint=sb://plant.example/;SharedAccessSignature=SharedAccessSignature sr=plant.example&sig=${signature}&se=${expiresAt}&skn=p`;
  const secondsFromNow = (seconds: number): string =>
    String(Math.floor(Date.now() / 1_000) + seconds);

  test.each([
    ['has ended within the skew that the api grants', () => secondsFromNow(-200)],
    ['ends in thousands of years', () => '9'.repeat(30)],
  ])('that %s reads', async (_, expiresAt) => {
    api.answer = (_request, response) => {
      answerJson(response, { hub: 'plant', policy: 'p', path: topic });
    };
    const reading = await read(readers.outside(passwordWith(expiresAt())));

    await expect(reading.first).resolves.toBe('stored');
    await reading.stop();
  });
});

test('of all that a reader is denied at once the log has one line', async () => {
  const admin = readers.outside(readers.newPassword()).admin();
  await admin.connect();
  const topics = Array.from({ length: 500 }, (_, index) => `foreign${index}`);

  await expect(admin.fetchTopicMetadata({ topics })).rejects.toThrow(/not authorized/i);
  await admin.disconnect();

  const ofReader = `/${readers.newestPolicy}/`;
  const isOfReader = (line: string): boolean =>
    line.includes(ofReader) && line.includes('is denied');
  await eventually(() => readers.logLines().some(isOfReader));
  expect(readers.logLines().filter(isOfReader)).toEqual([expect.stringContaining('499 others')]);
});

test('of more credentials than a hub may have the longest unused gives way', async () => {
  const first = readers.newPassword();
  await expect(readers.login(first)).resolves.toBe('in');
  for (let more = 0; more < 100; more += 1) {
    await expect(readers.login(readers.newPassword())).resolves.toBe('in');
  }

  // Whoever is known gets in without the api.
  api.answer = (_, response) => response.writeHead(503).end();
  await expect(readers.login(first)).resolves.toEqual(cutOff);
});

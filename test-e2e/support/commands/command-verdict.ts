/** Whether each command had its one end, each device the order, and a reason what came twice. */
import type { Answer, Delivery } from './command-connection.js';
import type { CommandDevice } from './command-device.js';
import type { CommandEnds } from './command-feedback.js';
import { maxDeliveryCount } from './command-hub.js';
import type { SentCommands } from './command-sender.js';

/** When answers may have been lost behind the gateway; as `performance.now()` tells it. */
export interface FaultTime {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface DeviceStory {
  readonly device: CommandDevice;
  readonly sent: SentCommands;
  readonly ends: CommandEnds;
}

export interface CommandVerdict {
  /** Accepted commands by their end. */
  readonly counts: ReadonlyMap<string, number>;
  /** Ends of what nobody was promised. */
  readonly unknownEnded: number;
  readonly receivedTwice: number;
  /** The device completed or rejected them, and the hub does not know. */
  readonly answeredInVain: number;
  /** Nothing may be in here. */
  readonly wrong: readonly string[];
}

export function judge(
  stories: readonly DeviceStory[],
  faults: readonly FaultTime[],
): CommandVerdict {
  const statuses = stories.flatMap(({ sent, ends }) =>
    sent.accepted.map((id) => statusOf(ends.get(id))),
  );
  const counts = new Map<string, number>();
  for (const status of statuses) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return {
    counts,
    unknownEnded: sum(
      stories,
      ({ sent, ends }) => sent.unknown.filter((id) => ends.has(id)).length,
    ),
    receivedTwice: sum(stories, ({ device }) => repeatsOf(device.deliveries).length),
    answeredInVain: sum(stories, (story) => inVain(story).length),
    wrong: stories.flatMap((story) =>
      [
        ...wrongEnds(story),
        ...wrongOrder(story),
        ...wrongRepeats(story, faults),
        ...wrongOutcomes(story, faults),
      ].map((what) => `${story.device.deviceId}: ${what}`),
    ),
  };
}

/** Such as Success. */
function statusOf(ends: ReadonlySet<string> = new Set()): string {
  return [...ends].map((end) => end.split(' ')[0]).join(' and ') || 'none';
}

function wrongEnds({ device, sent, ends }: DeviceStory): string[] {
  const promised = new Set(sent.accepted);
  const known = new Set([...sent.accepted, ...sent.unknown]);
  return [
    ...sent.accepted.filter((id) => !ends.has(id)).map((id) => `${id} has no end`),
    ...[...ends]
      .filter(([, { size }]) => size > 1)
      .map(([id, all]) => `${id} ended ${[...all].join(', ')}`),
    ...[...ends.keys(), ...device.deliveries.map(({ id }) => id)]
      .filter((id) => !known.has(id))
      .map((id) => `${id} was refused`),
    ...[...promised].filter((id) => !isEnd(statusOf(ends.get(id)))).map((id) => `${id} is strange`),
  ];
}

/** Nobody purges. */
function isEnd(status: string): boolean {
  return ['Success', 'Rejected', 'Expired', 'DeliveryCountExceeded'].includes(status);
}

/** What is not known to be accepted may have been stored at any time. */
function wrongOrder({ device, sent }: DeviceStory): string[] {
  const places = new Map(sent.accepted.map((id, index) => [id, index]));
  const firsts = [...new Set(device.deliveries.map(({ id }) => id))].filter((id) => places.has(id));
  return firsts
    .map((id, index) => ({ id, before: firsts[index - 1] }))
    .filter(({ id, before }) => before !== undefined && places.get(before)! > places.get(id)!)
    .map(({ id, before }) => `${id} came after ${before}`);
}

/** A delivery and the one before it of the same command. */
function repeatsOf(deliveries: readonly Delivery[]): (readonly [Delivery, Delivery])[] {
  const last = new Map<string, Delivery>();
  return deliveries.flatMap((delivery) => {
    const before = last.get(delivery.id);
    last.set(delivery.id, delivery);
    return before === undefined ? [] : [[before, delivery] as const];
  });
}

/** At least once: again only what was abandoned, or what the gateway may not have known, or could not pass on. */
function wrongRepeats({ device }: DeviceStory, faults: readonly FaultTime[]): string[] {
  return repeatsOf(device.deliveries)
    .filter(
      ([before, again]) =>
        before.answer !== 'abandon' &&
        (before.connection === again.connection || !mayBeLost(before, faults)),
    )
    .map(([before, again]) => {
      const place = before.connection === again.connection ? 'on one connection ' : '';
      return `${again.id} came again ${place}behind ${before.answer ?? 'nothing'}`;
    });
}

function wrongOutcomes(story: DeviceStory, faults: readonly FaultTime[]): string[] {
  const { device, sent, ends } = story;
  const ofStatus = (status: string): string[] =>
    sent.accepted.filter((id) => statusOf(ends.get(id)) === status);
  const timesOf = (id: string, wanted: Answer): number =>
    device.deliveries.filter(({ id: other, answer }) => other === id && answer === wanted).length;
  return [
    ...ofStatus('Success')
      .filter((id) => timesOf(id, 'complete') === 0)
      .map((id) => `${id} is a success that nobody completed`),
    ...ofStatus('Rejected')
      .filter((id) => timesOf(id, 'reject') === 0)
      .map((id) => `${id} is rejected, and not by its device`),
    ...ofStatus('DeliveryCountExceeded')
      .filter((id) =>
        device.protocol === 'AMQP'
          ? timesOf(id, 'abandon') < maxDeliveryCount
          : !device.comesAndGoes,
      )
      .map((id) => `${id} was given back so often, and not by its device`),
    ...inVain(story)
      .filter((delivery) => !mayBeLost(delivery, faults))
      .map(({ id, answer }) => `${id} was answered ${answer}, and is ${statusOf(ends.get(id))}`),
  ];
}

function inVain({ device, sent, ends }: DeviceStory): Delivery[] {
  const accepted = new Set(sent.accepted);
  return device.deliveries.filter(({ id, answer }) => {
    const expected = endOf(answer);
    return expected !== undefined && accepted.has(id) && statusOf(ends.get(id)) !== expected;
  });
}

function endOf(answer: Answer): string | undefined {
  switch (answer) {
    case 'complete':
      return 'Success';
    case 'reject':
      return 'Rejected';
    case 'abandon':
    case undefined:
      return undefined;
  }
}

/** Whether an answer, if there was one, may not have come to the hub's store. */
function mayBeLost(
  { isConfirmed, connection: { endedMs } }: Delivery,
  faults: readonly FaultTime[],
): boolean {
  return !isConfirmed || faults.some(({ fromMs, toMs }) => endedMs >= fromMs && endedMs <= toMs);
}

function sum(stories: readonly DeviceStory[], count: (story: DeviceStory) => number): number {
  return stories.reduce((total, story) => total + count(story), 0);
}

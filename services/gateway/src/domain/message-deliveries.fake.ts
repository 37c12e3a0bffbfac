import { setImmediate as turn } from 'node:timers/promises';
import { HubError } from '@linchpin/wire';
import { fakeGrant } from './authenticator.fake.js';
import { FakeDeviceMessages } from './device-messages.fake.js';
import type { LockedMessage, SettlementOutcome } from './device-messages.js';
import { MessageDeliveries, type Delivery } from './message-deliveries.js';

/** The queue of `d1`. */
export const key = 'h/d1';
export const away = new HubError('ServiceUnavailable', 'away');

/** Lets what is under way in memory come to its end. */
export async function settle(): Promise<void> {
  for (let index = 0; index < 20; index++) {
    await turn();
  }
}

interface WorldOptions {
  readonly window?: number;
  readonly countsAtEnd?: boolean;
  readonly sequence?: string;
  readonly messages?: FakeDeviceMessages;
}

/** One connection of `d1`. */
interface DeliveriesWorld {
  readonly messages: FakeDeviceMessages;
  readonly deliveries: MessageDeliveries;
  /** What the client has got. */
  readonly received: readonly LockedMessage[];
  readonly bodies: () => readonly string[];
  /** What it settled, where that counts. */
  readonly settled: readonly string[];
  /** What becomes of what it is sent, and how many it takes. */
  readonly state: {
    delivery: Delivery;
    /** What cannot be sent. */
    faultyBody: string | undefined;
    window: number;
    failures: number;
    answers: number;
  };
  readonly acknowledge: (index: number, outcome?: SettlementOutcome) => void;
}

export function setUp(options: WorldOptions = {}): DeliveriesWorld {
  const { window = 16, countsAtEnd = true, sequence = '1', messages = fakeQueue() } = options;
  const received: LockedMessage[] = [];
  const settled: string[] = [];
  const state: DeliveriesWorld['state'] = {
    ...{ delivery: 'sent', faultyBody: undefined, window },
    ...{ failures: 0, answers: 0 },
  };
  const session = {
    identity: { deviceId: 'd1' },
    grant: fakeGrant,
    connectionId: 'c1',
    modelId: undefined,
  };
  const deliveries = new MessageDeliveries({
    receiver: { session, connection: { sequence, keepsMessages: true } },
    messages,
    countsAtEnd,
    room: (unsettled) => state.window - unsettled,
    deliver: (message) => {
      if (message.body.toString() === state.faultyBody) {
        throw new TypeError('a fault of ours');
      }
      if (state.delivery !== 'refused') {
        received.push(message);
      }
      return state.delivery;
    },
    onSettled: (settlements, areSettled) => {
      const counting = settlements.filter((_, index) => areSettled[index]);
      settled.push(...counting.map(({ outcome }) => outcome));
    },
    onFailed: () => {
      state.failures += 1;
    },
    onAnswered: () => {
      state.answers += 1;
    },
    now: () => new Date(Date.now()),
  });
  return {
    ...{ messages, deliveries, received, settled, state },
    bodies: () => received.map(({ body }) => body.toString()),
    acknowledge: (index, outcome = 'complete') => {
      deliveries.settle(received[index]?.lockToken ?? Buffer.alloc(16), outcome);
    },
  };
}

export function fakeQueue(...bodies: readonly string[]): FakeDeviceMessages {
  const messages = new FakeDeviceMessages();
  for (const body of bodies) {
    messages.send(key, body);
  }
  return messages;
}

export function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index));
}

/** Something that can be waited for, and what ends the wait. */
export function gate(): { readonly closed: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { closed, open };
}

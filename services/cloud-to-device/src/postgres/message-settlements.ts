import { Gathering } from '@linchpin/platform/postgres';
import { sql, type Kysely } from 'kysely';
import type { MessageEvents, Settlement } from '../domain/message-queue.js';
import type { Recipient } from '../domain/recipient.js';
import { endMessages, heldColumns } from './message-ends.js';
import { queueColumns, queueKey, unnestedQueueKeys } from './queue-key.js';
import type { CloudToDeviceTables } from './schema.js';
import { toUuid } from './uuid-bytes.js';

interface SettleRequest {
  readonly recipient: Recipient;
  readonly settlements: readonly Settlement[];
  readonly keepsMessages: boolean;
}

const itemsMax = 64;
const runningMax = 2;

const outcomes = { complete: 'Success', reject: 'Rejected', abandon: 'Abandon' } as const;

/** Ends messages as their receivers say, by the locks that they hold. */
export class MessageSettlements {
  readonly #requests: Gathering<SettleRequest, readonly boolean[]>;

  constructor(
    private readonly db: Kysely<CloudToDeviceTables>,
    private readonly events: Pick<MessageEvents, 'settled'>,
  ) {
    this.#requests = new Gathering({
      run: (some) => this.#settleSome(some),
      itemsMax,
      runningMax,
      keyOf: ({ recipient }) => queueKey(recipient),
    });
  }

  settle(request: SettleRequest): Promise<readonly boolean[]> {
    return this.#requests.add(request);
  }

  async #settleSome(requests: readonly SettleRequest[]): Promise<readonly (readonly boolean[])[]> {
    const all = requests.flatMap(({ settlements, ...request }) =>
      settlements.map((settlement) => ({ ...request, ...settlement })),
    );
    const ended = await endMessages(
      this.db,
      sql`
        select ${heldColumns}, settlement, outcome
        from unnest(
          ${unnestedQueueKeys(all.map(({ recipient }) => recipient))},
          ${all.map(({ lockToken }) => toUuid(lockToken))}::uuid[],
          ${all.map(({ outcome }) => outcomes[outcome])}::text[],
          ${all.map(({ keepsMessages }) => keepsMessages)}::boolean[]
        ) with ordinality as given (${queueColumns}, lock_token, outcome, keeps, settlement)
        join queues using (${queueColumns})
        join messages using (queue_id, lock_token)
        where keeps or locked_until > now()
        order by sequence_number
        for update of messages`,
    );
    const settled = new Set(ended.map(({ settlement }) => Number(settlement)));
    let number = 0;
    return requests.map(({ settlements }) =>
      settlements.map(({ outcome }) => {
        number += 1;
        const isSettled = settled.has(number);
        if (isSettled) {
          this.events.settled(outcome);
        }
        return isSettled;
      }),
    );
  }
}

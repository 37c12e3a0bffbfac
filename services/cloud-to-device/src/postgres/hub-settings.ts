/** What the owners of hubs have chosen, as far as it matters after a message was accepted. */
import { answering } from '@linchpin/platform/postgres';
import type { HubId } from '@linchpin/wire';
import { sql, type Kysely } from 'kysely';
import type { CloudToDeviceSettings } from '../domain/recipient.js';
import type { CloudToDeviceTables } from './schema.js';

export interface HubSettings {
  readonly hub: Pick<HubId, 'hubGeneration'>;
  readonly settings: CloudToDeviceSettings;
}

/** Rows that are so already are not written. @param given of one hub any number, which say the same */
export async function keepSettings(
  db: Kysely<CloudToDeviceTables>,
  given: readonly HubSettings[],
): Promise<void> {
  const hubs = [...new Map(given.map((each) => [each.hub.hubGeneration, each])).values()];
  await sql`
    insert into hubs (hub_generation, ${settingColumns})
    select hub_generation, ${settingColumns}
    from ${unnested(hubs)} as given (hub_generation, ${settingColumns})
    where not exists (
      select from hubs kept
      where kept.hub_generation = given.hub_generation
        and (kept.feedback_ttl_seconds, kept.feedback_lock_seconds, kept.feedback_max_delivery_count,
          kept.purge_on_new_subscription)
          = (given.feedback_ttl_seconds, given.feedback_lock_seconds, given.feedback_max_delivery_count,
          given.purge_on_new_subscription)
    )
    order by hub_generation
    on conflict (hub_generation) do update set (${settingColumns}) = row (
      excluded.feedback_ttl_seconds, excluded.feedback_lock_seconds,
      excluded.feedback_max_delivery_count, excluded.purge_on_new_subscription
    )`.execute(db);
}

/** Of hubs to which nothing was sent nothing is kept. */
export async function changeSettings(
  db: Kysely<CloudToDeviceTables>,
  { hub, settings }: HubSettings,
): Promise<void> {
  const query = db
    .updateTable('hubs')
    .set({
      feedback_ttl_seconds: settings.feedbackTtlSeconds,
      feedback_lock_seconds: settings.feedbackLockSeconds,
      feedback_max_delivery_count: settings.feedbackMaxDeliveryCount,
      purge_on_new_subscription: settings.purgeOnNewSubscription,
    })
    .where('hub_generation', '=', hub.hubGeneration);
  await answering(query.execute());
}

const settingColumns = sql`
  feedback_ttl_seconds, feedback_lock_seconds, feedback_max_delivery_count,
  purge_on_new_subscription`;

function unnested(hubs: readonly HubSettings[]) {
  const column = <Value>(read: (settings: CloudToDeviceSettings) => Value) =>
    hubs.map(({ settings }) => read(settings));
  return sql`unnest(
    ${hubs.map(({ hub }) => hub.hubGeneration)}::bigint[],
    ${column(({ feedbackTtlSeconds }) => feedbackTtlSeconds)}::int[],
    ${column(({ feedbackLockSeconds }) => feedbackLockSeconds)}::int[],
    ${column(({ feedbackMaxDeliveryCount }) => feedbackMaxDeliveryCount)}::int[],
    ${column(({ purgeOnNewSubscription }) => purgeOnNewSubscription)}::boolean[]
  )`;
}

/** Twins written straight into the tables, as many as a test wants. */
import type { Kysely } from 'kysely';
import type { ShownTwinParts } from '../../src/domain/twin-query-store.js';
import type { TwinTables } from '../../src/postgres/schema.js';

let generations = 0;

export async function insertTwins(
  db: Kysely<TwinTables>,
  hubGeneration: string,
  twins: readonly ShownTwinParts[],
): Promise<void> {
  for (const { identity, twin } of twins) {
    generations += 1;
    const { twin_id } = await db
      .insertInto('identities')
      .values({
        hub_generation: hubGeneration,
        hub: `hub-${hubGeneration}`,
        device_id: identity.deviceId,
        module_id: identity.moduleId ?? '',
        generation_id: String(generations),
        etag: identity.etag,
        status: identity.status,
        status_reason: identity.statusReason ?? null,
        status_updated_time: identity.statusUpdatedTime ?? null,
        authentication_type: identity.authenticationType,
        primary_thumbprint: identity.primaryThumbprint ?? null,
        secondary_thumbprint: identity.secondaryThumbprint ?? null,
        iot_edge: identity.iotEdge,
        device_scope: identity.deviceScope ?? null,
        parent_scopes: [...identity.parentScopes],
        connection_state: identity.connectionState,
        last_activity_time: identity.lastActivityTime ?? null,
        cloud_to_device_message_count: identity.cloudToDeviceMessageCount,
        model_id: identity.modelId,
      })
      .returning('twin_id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('twins')
      .values({
        twin_id,
        hub_generation: hubGeneration,
        version: String(twin.version),
        etag_counter: String(twin.etagCounter),
        tags: JSON.stringify(twin.tags),
        desired: JSON.stringify(twin.desired.document),
        desired_metadata: JSON.stringify(twin.desired.metadata),
        desired_version: String(twin.desired.version),
      })
      .execute();
    await db
      .insertInto('reported_properties')
      .values({
        twin_id,
        hub_generation: hubGeneration,
        reported: JSON.stringify(twin.reported.document),
        reported_metadata: JSON.stringify(twin.reported.metadata),
        reported_version: String(twin.reported.version),
      })
      .execute();
  }
}

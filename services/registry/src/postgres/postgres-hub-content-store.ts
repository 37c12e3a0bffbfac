import { answering } from '@linchpin/platform/postgres';
import type { KeyCipher } from '@linchpin/platform/sealing';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { Hub } from '../domain/hub.js';
import type { HubContent } from '../domain/hub-content.js';
import type { HubContentStore } from '../domain/hub-content-store.js';
import { changedMembers } from '../domain/changed-members.js';
import { hubUpdated } from '../domain/registry-change.js';
import { noSuchHub } from '../domain/registry-errors.js';
import { formatEntityTag } from './entity-tag.js';
import { selectHubs, toChosenColumns, toHub } from './hub-row.js';
import { readPolicies, writePolicies } from './policy-rows.js';
import { writeChanges, type ChangeLog } from './registry-change-events.js';
import type { RegistryTables } from './schema.js';
import { isStorable } from './storable.js';

interface PostgresHubContentStoreParts {
  readonly db: Kysely<RegistryTables>;
  readonly cipher: KeyCipher;
  readonly changeLog: ChangeLog;
}

type Decide = (hub: Hub, content: HubContent) => HubContent | undefined;

export class PostgresHubContentStore implements HubContentStore {
  constructor(private readonly parts: PostgresHubContentStoreParts) {}

  async update(name: string, decide: Decide): Promise<Hub> {
    if (!isStorable(name)) {
      throw noSuchHub();
    }
    return answering(
      this.parts.db.transaction().execute((transaction) => this.#update(transaction, name, decide)),
    );
  }

  async #update(
    transaction: Transaction<RegistryTables>,
    name: string,
    decide: Decide,
  ): Promise<Hub> {
    const { cipher, changeLog } = this.parts;
    const select = selectHubs(transaction).where(sql`lower(name)`, '=', name.toLowerCase());
    const row = await select.forNoKeyUpdate().executeTakeFirst();
    if (row === undefined) {
      throw noSuchHub();
    }
    const hub = toHub(row, cipher);
    const policies = await readPolicies(transaction, hub.name, cipher);
    const content = decide(hub, { ...hub, policies });
    if (content === undefined) {
      return hub;
    }
    const isTopicOutdated = hub.isTopicOutdated || content.retentionDays !== hub.retentionDays;
    const { etag } = await transaction
      .updateTable('hubs')
      .set({
        retention_days: content.retentionDays,
        ...toChosenColumns(hub.name, content, cipher),
        topic_outdated: isTopicOutdated,
        etag: sql<string>`etag + 1`,
      })
      .where('id', '=', row.id)
      .returning('etag')
      .executeTakeFirstOrThrow();
    await writePolicies(transaction, row, { policies: content.policies, cipher });
    const before = { settings: hub.settings, policies };
    const change = {
      ...hubUpdated({ hub: hub.name, hubGeneration: hub.hubGeneration }, before, content),
      changedMembers: changedMembers(membersOf({ ...hub, policies }), membersOf(content)),
    };
    await writeChanges(transaction, changeLog, [change]);
    const { retentionDays, settings, kept } = content;
    return { ...hub, retentionDays, settings, kept, isTopicOutdated, etag: formatEntityTag(etag) };
  }
}

/** Policies by name, whatever their order. */
function membersOf({ retentionDays, settings, kept, policies }: HubContent): object {
  const byName = policies.map(({ name, ...policy }) => [name, policy] as const);
  return { retentionDays, settings, kept, policies: Object.fromEntries(byName) };
}

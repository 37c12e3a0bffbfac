/**
 * Changes of hubs that exist (service-rest.md section 14). What never changes may be named, for clients
 * send back all that they read, and must be as it is.
 */
import { HubError, type KeySide } from '@linchpin/wire';
import { anyTag, requireMatch } from './entity-tag.js';
import { differencesOf, type Hub, type HubDefinition } from './hub.js';
import type { HubAdministration } from './hub-administration.js';
import { changeContent, type HubChanges, type HubContent } from './hub-content.js';
import type { HubContentStore } from './hub-content-store.js';
import { getPolicy, regenerateKey, type SharedAccessPolicy } from './shared-access-policy.js';

interface HubUpdatesParts {
  readonly store: HubContentStore;
  readonly administration: HubAdministration;
  readonly generateKey: () => string;
}

export interface HubUpdate extends HubChanges {
  /** The entity tag that the hub must have, `*` for any; undefined when it does not matter. */
  readonly ifMatch: string | undefined;
  readonly fixed: FixedMembers;
  readonly retentionDays: number | undefined;
}

/** Undefined where they are not named, here and in HubUpdate. */
export type FixedMembers = {
  readonly [Member in Exclude<keyof HubDefinition, 'name' | 'retentionDays'>]:
    HubDefinition[Member] | undefined;
};

interface KeyToRegenerate {
  readonly policyName: string;
  readonly side: KeySide;
}

/** Each method throws HubError GenericNotFound, and OperationNotAllowedInCurrentState of a hub that goes. */
export class HubUpdates {
  constructor(private readonly parts: HubUpdatesParts) {}

  /**
   * Resolves when all of it holds, in the topic too. Where Kafka does not answer the change is stored
   * all the same, and the topic follows.
   *
   * @throws HubError ArgumentInvalid, PreconditionFailed; GenericConflict naming what never changes
   */
  async update(name: string, update: HubUpdate): Promise<Hub> {
    const { administration, generateKey } = this.parts;
    const changed = await this.#change(name, (hub, content) => {
      requireMatch('hub', hub.etag, update.ifMatch ?? anyTag);
      requireFixed(hub, update.fixed);
      return changeContent(content, update, generateKey);
    });
    if (!changed.isTopicOutdated) {
      return changed;
    }
    await administration.finish(changed.name);
    return administration.get(changed.name);
  }

  async regenerateKey(name: string, key: KeyToRegenerate): Promise<SharedAccessPolicy> {
    const { generateKey } = this.parts;
    const { policyName, side } = key;
    let policies: readonly SharedAccessPolicy[] = [];
    await this.#change(name, (_hub, content) => {
      policies = regenerateKey(content.policies, policyName, { side, generateKey });
      return { ...content, policies };
    });
    return getPolicy(policies, policyName);
  }

  async #change(
    name: string,
    decide: (hub: Hub, content: HubContent) => HubContent | undefined,
  ): Promise<Hub> {
    const { store, administration } = this.parts;
    if ((await administration.get(name)).state === 'activating') {
      await administration.finish(name);
    }
    return store.update(name, (hub, content) => {
      if (hub.state !== 'active') {
        throw new HubError(
          'OperationNotAllowedInCurrentState',
          `The hub ${hub.name} is being made or deleted.`,
        );
      }
      return decide(hub, content);
    });
  }
}

function requireFixed(hub: Hub, fixed: FixedMembers): void {
  const differences = differencesOf(hub, fixed);
  if (differences.length > 0) {
    throw new HubError(
      'GenericConflict',
      `The hub ${hub.name} has another ${differences.join(', ')}, which never changes.`,
    );
  }
}

import { keySideMessages, type HubAdministrationClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { HubCounts, KeySide } from '@linchpin/wire';
import type {
  CreatedHub,
  Hub,
  HubAdministration,
  HubDefinition,
  HubPage,
  SharedAccessPolicy,
} from '../domain/hub.js';
import { toChangesMessage, toHub } from './hub-message.js';
import { present } from './present.js';

const deadlineMs = 5_000;

/** A hub comes and goes with its Kafka topic, which takes brokers longer than a row takes. */
const topicDeadlineMs = 25_000;

/** The hubs, administered by the registry service. */
export class GrpcHubAdministration implements HubAdministration {
  constructor(private readonly client: HubAdministrationClient) {}

  async create(definition: HubDefinition & { readonly location: string }): Promise<CreatedHub> {
    const { hub, created } = await callUnary(
      this.client.createHub.bind(this.client),
      { ...definition, changes: toChangesMessage(definition.changes) },
      { name: 'HubAdministration/CreateHub', deadlineMs: topicDeadlineMs },
    );
    return { hub: toHub(present(hub)), isNew: created };
  }

  async get(name: string): Promise<Hub> {
    const { hub } = await callUnary(
      this.client.getHub.bind(this.client),
      { name },
      { name: 'HubAdministration/GetHub', deadlineMs },
    );
    return toHub(present(hub));
  }

  async list(after: string | undefined): Promise<HubPage> {
    const { hubs, next } = await callUnary(
      this.client.listHubs.bind(this.client),
      { after: after ?? '' },
      { name: 'HubAdministration/ListHubs', deadlineMs },
    );
    return { hubs: hubs.map(toHub), next };
  }

  async count(subscriptionId: string): Promise<HubCounts> {
    return callUnary(
      this.client.countHubs.bind(this.client),
      { subscriptionId },
      { name: 'HubAdministration/CountHubs', deadlineMs },
    );
  }

  async update(definition: HubDefinition, ifMatch: string | undefined): Promise<Hub> {
    const { hub } = await callUnary(
      this.client.updateHub.bind(this.client),
      { ...definition, ifMatch, changes: toChangesMessage(definition.changes) },
      { name: 'HubAdministration/UpdateHub', deadlineMs: topicDeadlineMs },
    );
    return toHub(present(hub));
  }

  async delete(name: string): Promise<void> {
    await callUnary(
      this.client.deleteHub.bind(this.client),
      { name },
      { name: 'HubAdministration/DeleteHub', deadlineMs: topicDeadlineMs },
    );
  }

  async listPolicies(hub: string): Promise<readonly SharedAccessPolicy[]> {
    const { policies } = await callUnary(
      this.client.listPolicies.bind(this.client),
      { hub },
      { name: 'HubAdministration/ListPolicies', deadlineMs },
    );
    return policies;
  }

  async regenerateKey(hub: string, policy: string, side: KeySide): Promise<SharedAccessPolicy> {
    const answer = await callUnary(
      this.client.regeneratePolicyKey.bind(this.client),
      { hub, policy, side: keySideMessages[side] },
      { name: 'HubAdministration/RegeneratePolicyKey', deadlineMs },
    );
    return present(answer.policy);
  }
}

import {
  HubState as HubStateMessage,
  type Hub as HubMessage,
  type HubAdministrationClient,
} from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type {
  CreatedHub,
  Hub,
  HubAdministration,
  HubDefinition,
  HubState,
  SharedAccessPolicy,
} from '../domain/hub.js';
import { present } from './present.js';

const deadlineMs = 5_000;

/** A hub comes and goes with its Kafka topic, which takes brokers longer than a row takes. */
const topicDeadlineMs = 25_000;

/** The hubs, administered by the registry service. */
export class GrpcHubAdministration implements HubAdministration {
  constructor(private readonly client: HubAdministrationClient) {}

  async create(definition: HubDefinition & { readonly location: string }): Promise<CreatedHub> {
    const { hub, created } = await callUnary(this.client.createHub.bind(this.client), definition, {
      name: 'HubAdministration/CreateHub',
      deadlineMs: topicDeadlineMs,
    });
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

  async list(limit: number, after: string | undefined): Promise<Hub[]> {
    const { hubs } = await callUnary(
      this.client.listHubs.bind(this.client),
      { pageSize: limit, after: after ?? '' },
      { name: 'HubAdministration/ListHubs', deadlineMs },
    );
    return hubs.map(toHub);
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
}

function toHub({ state, ...same }: HubMessage): Hub {
  return { ...same, state: toState(state) };
}

function toState(state: HubStateMessage): HubState {
  switch (state) {
    case HubStateMessage.ACTIVATING:
      return 'activating';
    case HubStateMessage.DELETING:
      return 'deleting';
    // A newer registry may know states that we don't; the hub answers in all but these two.
    default:
      return 'active';
  }
}

import assert from 'node:assert';
import type { RecipientsClient } from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { DeviceIdentityId, HubId } from '@linchpin/wire';
import type { FoundRecipient, Recipients } from '../domain/recipient.js';

const deadlineMs = 5_000;

/** Asked of the registry service. */
export class GrpcRecipients implements Recipients {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: RecipientsClient) {}

  async get(hub: HubId, identity: DeviceIdentityId): Promise<FoundRecipient> {
    const { generationId, settings } = await this.#calls.call(
      hub.hub,
      this.client.getRecipient.bind(this.client),
      { ...hub, ...identity },
      { name: 'Recipients/GetRecipient' },
    );
    assert(settings !== undefined, 'an answer has what holds for its hub');
    return { generationId, settings };
  }
}

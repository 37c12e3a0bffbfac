/**
 * How many messages wait for identities (service-rest.md section 2.1), for answers that show them. It is no more than
 * a figure: when nobody can tell it the answer comes all the same, with 0.
 */
import assert from 'node:assert';
import { HubError, type HubId } from '@linchpin/wire';
import type { CloudToDeviceMessages, MessageReceiver } from './cloud-to-device-messages.js';

interface MessageCountsParts {
  readonly messages: Pick<CloudToDeviceMessages, 'count'>;
  readonly onFailure: (error: HubError) => void;
  readonly onSuccess: () => void;
}

export class MessageCounts {
  constructor(private readonly parts: MessageCountsParts) {}

  /** One for each of the receivers, in their order. */
  async of(hub: HubId, receivers: readonly MessageReceiver[]): Promise<readonly number[]> {
    if (receivers.length === 0) {
      return [];
    }
    try {
      const counts = await this.parts.messages.count(hub, receivers.map(toReceiver));
      assert(counts.length === receivers.length, 'each receiver has a count');
      this.parts.onSuccess();
      return counts;
    } catch (error) {
      if (!(error instanceof HubError)) {
        throw error;
      }
      this.parts.onFailure(error);
      return receivers.map(() => 0);
    }
  }
}

/** Of an identity, which has more. */
function toReceiver({ deviceId, moduleId, generationId }: MessageReceiver): MessageReceiver {
  return { deviceId, moduleId, generationId };
}

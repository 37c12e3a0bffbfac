import type { DownlinkClient } from '@linchpin/contracts';
import { callUnary, type ClientsByAddress } from '@linchpin/platform/grpc';
import { HubError } from '@linchpin/wire';
import type { MessageDownlinks } from '../domain/message-hints.js';

/** A gateway only notes it. */
const deadlineMs = 3_000;

export class GrpcMessageDownlinks implements MessageDownlinks {
  constructor(private readonly clients: ClientsByAddress<DownlinkClient>) {}

  async notify(address: string, connectionId: string): Promise<void> {
    const client = this.clients.at(address);
    try {
      await callUnary(
        client.notifyMessages.bind(client),
        { connectionId },
        { name: 'Downlink/NotifyMessages', deadlineMs },
      );
    } catch (error) {
      // It ended in this moment, or has no subscription: its gateway asks when that changes.
      if (!(error instanceof HubError && error.code === 'DeviceNotOnline')) {
        throw error;
      }
    }
  }
}

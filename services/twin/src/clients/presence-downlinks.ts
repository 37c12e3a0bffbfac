import type { DownlinkClient } from '@linchpin/contracts';
import { callUnary, type ClientsByAddress } from '@linchpin/platform/grpc';
import type { PresenceReader } from '@linchpin/presence';
import { HubError } from '@linchpin/wire';
import type { DeviceDownlinks, WaitingChanges } from '../domain/desired-notifier.js';

interface PresenceDownlinksParts {
  readonly presence: PresenceReader;
  readonly gateways: ClientsByAddress<DownlinkClient>;
}

/** A gateway only hands them to the connection. */
const deadlineMs = 5_000;

/** Finds the gateway that holds a device, and has it tell. */
export class PresenceDownlinks implements DeviceDownlinks {
  constructor(private readonly parts: PresenceDownlinksParts) {}

  async notify({ subject, changes }: WaitingChanges): Promise<void> {
    const { presence, gateways } = this.parts;
    const holder = await presence.holderOf(subject.hub, subject);
    const isTheirs =
      holder?.generationId === subject.generationId &&
      holder.hubGeneration === subject.hubGeneration;
    if (!isTheirs || holder.address === undefined) {
      return;
    }
    const client = gateways.at(holder.address);
    const told = changes.map(({ version, ...change }) => ({ ...change, version: BigInt(version) }));
    try {
      await callUnary(
        client.notifyDesired.bind(client),
        { connectionId: holder.connectionId, changes: told },
        { name: 'Downlink/NotifyDesired', deadlineMs },
      );
    } catch (error) {
      // Its connection ended in this moment; whoever connects next reads the twin.
      if (!(error instanceof HubError && error.code === 'DeviceNotOnline')) {
        throw error;
      }
    }
  }
}

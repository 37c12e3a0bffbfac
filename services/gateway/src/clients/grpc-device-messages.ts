import assert from 'node:assert';
import {
  decodeMessageContent,
  DeviceMessagesClient,
  repeatableRpcs,
  SettlementOutcome as OutcomeMessage,
  streamedRpcs,
  type LockedMessage as LockedMessageMessage,
  type LockMessagesRequest,
  type LockMessagesResponse,
  type Recipient,
} from '@linchpin/contracts';
import {
  checkHealth,
  createGrpcClient,
  HubCalls,
  type GrpcPlace,
  type UnaryRpc,
} from '@linchpin/platform/grpc';
import { azureLimits } from '@linchpin/wire';
import type {
  ConnectedReceiver,
  DeviceMessages,
  LockedMessage,
  LockedMessages,
  LockWish,
  MessageReceiver,
  Release,
  Settlement,
} from '../domain/device-messages.js';

/** As long as a newcomer waits for what the former connection gives back. */
const deadlineMs = 3_000;

const outcomeMessages = {
  complete: OutcomeMessage.COMPLETE,
  reject: OutcomeMessage.REJECT,
  abandon: OutcomeMessage.ABANDON,
} as const;

/**
 * A message that was sent since the subscription must not be purged, though the call come as late as it may, and
 * PostgreSQL hear of it a second later. What was sent shortly before stays with it.
 */
const underWayMs = deadlineMs + 1_000;

/**
 * Asks cloud-to-device for what its devices are sent. Calls that lock or release are numbered, so that those of one
 * connection count in the order in which they are made here, whichever process carries them out when.
 */
export class GrpcDeviceMessages implements DeviceMessages {
  readonly #client: DeviceMessagesClient;
  readonly #calls = new HubCalls(deadlineMs);
  #lastNumber = 0n;

  constructor(place: GrpcPlace) {
    this.#client = createGrpcClient(DeviceMessagesClient, {
      ...place,
      retried: repeatableRpcs,
      streamed: streamedRpcs,
    });
  }

  async lock(receiver: MessageReceiver, wish: LockWish): Promise<LockedMessages> {
    const { limit, subscribedMs, lockSeconds = azureLimits.messageLockSeconds } = wish;
    const { messages, moreWait } = await this.#calls.call(
      receiver.session.grant.hub,
      this.#lockOfAge(subscribedMs),
      {
        recipient: toRecipient(receiver),
        connection: this.#connectionOf(receiver, wish),
        lockSeconds,
        limit,
        subscriptionAgeMs: undefined,
      },
      { name: 'DeviceMessages/LockMessages' },
    );
    return { messages: messages.map(toLockedMessage), moreWait };
  }

  async settle(
    receiver: MessageReceiver,
    settlements: readonly Settlement[],
  ): Promise<readonly boolean[]> {
    const { settled } = await this.#calls.call(
      receiver.session.grant.hub,
      this.#client.settleMessages.bind(this.#client),
      {
        recipient: toRecipient(receiver),
        settlements: settlements.map(({ lockToken, outcome }) => ({
          lockToken,
          outcome: outcomeMessages[outcome],
        })),
        keepsMessages: receiver.connection?.keepsMessages ?? false,
      },
      { name: 'DeviceMessages/SettleMessages' },
    );
    return settled;
  }

  async release(receiver: ConnectedReceiver, { counted, kept }: Release): Promise<void> {
    await this.#calls.call(
      receiver.session.grant.hub,
      this.#client.releaseMessages.bind(this.#client),
      {
        recipient: toRecipient(receiver),
        connectionSequence: receiver.connection.sequence,
        callNumber: this.#nextNumber(),
        countedLockTokens: [...counted],
        keptLockTokens: [...kept],
      },
      { name: 'DeviceMessages/ReleaseMessages' },
    );
  }

  /** @throws Error when cloud-to-device does not serve them */
  check(): Promise<void> {
    return checkHealth(this.#client, 'linchpin.cloud_to_device.v1.DeviceMessages');
  }

  close(): void {
    this.#client.close();
  }

  /** It is called when its turn has come: until then the subscription has grown older. */
  #lockOfAge(
    subscribedMs: number | undefined,
  ): UnaryRpc<LockMessagesRequest, LockMessagesResponse> {
    return (request, ...call) =>
      this.#client.lockMessages({ ...request, subscriptionAgeMs: ageMs(subscribedMs) }, ...call);
  }

  #connectionOf(
    { connection }: MessageReceiver,
    { held }: LockWish,
  ): LockMessagesRequest['connection'] {
    return (
      connection && {
        sequence: connection.sequence,
        callNumber: this.#nextNumber(),
        heldLockTokens: [...held],
      }
    );
  }

  /** A connection is of one gateway all its life. */
  #nextNumber(): bigint {
    this.#lastNumber += 1n;
    return this.#lastNumber;
  }
}

/** No message is older than the most. */
function ageMs(subscribedMs: number | undefined): number | undefined {
  return (
    subscribedMs &&
    Math.min(
      Math.ceil(performance.now() - subscribedMs) + underWayMs,
      azureLimits.cloudToDeviceExpiryMsMax,
    )
  );
}

function toRecipient({ session }: MessageReceiver): Recipient {
  const { hub, hubGeneration, generationId } = session.grant;
  return { hub, hubGeneration, ...session.identity, generationId };
}

function toLockedMessage(locked: LockedMessageMessage): LockedMessage {
  const { lockToken, sequenceNumber, enqueuedTime, deliveryCount, expiryTime, content } = locked;
  const { body, ...properties } = decodeMessageContent(content);
  assert(enqueuedTime !== undefined, 'a message has been enqueued');
  const facts = { lockToken, sequenceNumber, enqueuedTime, deliveryCount };
  return { ...facts, expiresAt: expiryTime, properties, body };
}

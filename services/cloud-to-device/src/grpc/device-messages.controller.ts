import {
  SettlementOutcome,
  type DeviceMessagesService,
  type LockMessagesRequest,
  type LockMessagesResponse,
  type ReleaseMessagesRequest,
  type ReleaseMessagesResponse,
  type Settlement as SettlementMessage,
  type SettleMessagesRequest,
  type SettleMessagesResponse,
} from '@linchpin/contracts';
import type { RpcCaller, RpcHandlers } from '@linchpin/platform/grpc-server';
import { azureLimits, HubError } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { MessageQueue, Settlement } from '../domain/message-queue.js';
import type { SettleMessages } from '../domain/settle-messages.js';
import { requireLockToken } from './lock-token.js';
import { toRecipient } from './recipient.js';

export interface DeviceMessagesControllerParts {
  readonly queue: MessageQueue;
  readonly settleMessages: SettleMessages;
}

export const deviceMessagesControllerParts = Symbol('DeviceMessagesControllerParts');

const lockSecondsMax = 300;
const subscriptionAgeMsMax = azureLimits.cloudToDeviceExpiryMsMax;

@Controller()
export class DeviceMessagesController implements RpcHandlers<typeof DeviceMessagesService> {
  constructor(
    @Inject(deviceMessagesControllerParts) private readonly parts: DeviceMessagesControllerParts,
  ) {}

  @GrpcMethod('DeviceMessages', 'lockMessages')
  async lockMessages(
    request: LockMessagesRequest,
    { signal, arrivedMs }: RpcCaller,
  ): Promise<LockMessagesResponse> {
    const { connection, limit, lockSeconds, subscriptionAgeMs } = request;
    const recipient = toRecipient(request.recipient);
    requireInRange('limit', limit, 1);
    requireInRange('lock_seconds', lockSeconds, 1, lockSecondsMax);
    requireInRange('subscription_age_ms', subscriptionAgeMs ?? 0, 0, subscriptionAgeMsMax);
    requireLockTokens('held', connection?.heldLockTokens ?? []);
    const subscribedMs =
      subscriptionAgeMs === undefined ? undefined : arrivedMs - subscriptionAgeMs;
    const asked = { recipient, connection, limit, lockSeconds, subscribedMs, caller: signal };
    const locked = await this.parts.queue.lock(asked);
    return { ...locked, messages: [...locked.messages] };
  }

  @GrpcMethod('DeviceMessages', 'settleMessages')
  async settleMessages(request: SettleMessagesRequest): Promise<SettleMessagesResponse> {
    const { settlements, keepsMessages } = request;
    const recipient = toRecipient(request.recipient);
    requireInRange('number of settlements', settlements.length, 1);
    const asked = settlements.map(toSettlement);
    const settled = await this.parts.settleMessages.settle(recipient, asked, keepsMessages);
    return { settled: [...settled] };
  }

  @GrpcMethod('DeviceMessages', 'releaseMessages')
  async releaseMessages(request: ReleaseMessagesRequest): Promise<ReleaseMessagesResponse> {
    const { recipient, ...release } = request;
    requireLockTokens('counted', release.countedLockTokens);
    requireLockTokens('kept', release.keptLockTokens);
    await this.parts.queue.release(toRecipient(recipient), release);
    return {};
  }
}

function requireInRange(
  name: string,
  value: number,
  min: number,
  max: number = azureLimits.queuedMessagesMax,
): void {
  if (value < min || value > max) {
    throw new HubError('ArgumentInvalid', `The ${name} is ${value}, and not ${min} to ${max}.`);
  }
}

function requireLockTokens(name: string, lockTokens: readonly Buffer[]): void {
  requireInRange(`number of ${name} lock tokens`, lockTokens.length, 0);
  lockTokens.forEach(requireLockToken);
}

function toSettlement({ lockToken, outcome }: SettlementMessage): Settlement {
  requireLockToken(lockToken);
  switch (outcome) {
    case SettlementOutcome.COMPLETE:
      return { lockToken, outcome: 'complete' };
    case SettlementOutcome.REJECT:
      return { lockToken, outcome: 'reject' };
    case SettlementOutcome.ABANDON:
      return { lockToken, outcome: 'abandon' };
    default:
      throw new HubError('ArgumentInvalid', `The outcome ${String(outcome)} is not known.`);
  }
}

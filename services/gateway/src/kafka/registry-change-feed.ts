import assert from 'node:assert';
import type { IpFilterRule } from '@linchpin/auth';
import {
  IdentityStatus,
  ipFilterActionMessages,
  RegistryChange as RegistryChangeMessage,
  wordOf,
  type IpFilterRule as IpFilterRuleMessage,
} from '@linchpin/contracts';
import {
  startBroadcastConsumer,
  type createKafkaJs,
  type RecordConsumer,
} from '@linchpin/platform/kafka';
import { readHubLimits } from '@linchpin/wire';
import type { EndingChange } from '../domain/cut-off.js';

interface RegistryChangeFeedOptions {
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly topic: string;
  readonly gatewayId: string;
  readonly onChange: (change: EndingChange) => void;
  /** A record cannot be read. It is passed over: those behind it may revoke what must end. */
  readonly onUnreadable: (error: unknown) => void;
}

/** Hears of every change in the registry from the moment it resolves on. */
export function startRegistryChangeFeed(
  options: RegistryChangeFeedOptions,
): Promise<RecordConsumer> {
  const { kafka, topic, gatewayId } = options;
  return startBroadcastConsumer({
    kafka,
    topic,
    groupId: `${topic}.gateway-${gatewayId}`,
    onRecords: (records) => {
      for (const { value } of records) {
        const change = value === null ? undefined : read(value, options);
        if (change !== undefined) {
          options.onChange(change);
        }
      }
      return Promise.resolve();
    },
  });
}

function read(
  value: Buffer,
  { onUnreadable }: RegistryChangeFeedOptions,
): EndingChange | undefined {
  try {
    return toChange(RegistryChangeMessage.decode(value));
  } catch (error) {
    onUnreadable(error);
    return undefined;
  }
}

/**
 * Undefined for a change that ends no connection, or one that a newer registry tells of.
 *
 * @throws AssertionError for a record that is not of the contract
 */
function toChange({ hub, hubGeneration, change }: RegistryChangeMessage): EndingChange | undefined {
  switch (change?.$case) {
    case 'identityUpdated': {
      const { identity, revokedCredentialIds } = change.value;
      assert(identity !== undefined, 'who was updated is told');
      const { deviceId, moduleId, generationId, status } = identity;
      const enabled = status !== IdentityStatus.DISABLED;
      const subject = { hub, deviceId, moduleId, generationId };
      return { kind: 'identityUpdated', ...subject, enabled, revokedCredentialIds };
    }
    case 'identityDeleted':
      return { kind: 'identityDeleted', hub, ...change.value };
    case 'hubUpdated': {
      const { revokedCredentialIds, limits, ipFilterRules } = change.value;
      return {
        kind: 'hubUpdated',
        hub,
        hubGeneration,
        revokedCredentialIds,
        limits: readHubLimits(limits),
        ipFilterRules: ipFilterRules.map(toIpFilterRule),
      };
    }
    case 'hubDeleted':
      return { kind: 'hubDeleted', hub, hubGeneration };
    case 'identityCreated':
    case undefined:
      return undefined;
  }
}

/** An action that is not known here rejects: nobody comes in by a rule that nobody understands. */
function toIpFilterRule({ filterName, action, ipMask }: IpFilterRuleMessage): IpFilterRule {
  return { filterName, action: wordOf(ipFilterActionMessages, action) ?? 'Reject', ipMask };
}

import type { DeviceIdentityId } from '@linchpin/wire';
import type { EndCause } from './end-cause.js';

export interface PresenceClaim {
  readonly hub: string;
  readonly identity: DeviceIdentityId;
  readonly generationId: string;
  readonly connectionId: string;
  /** MQTT's CleanSession: forget what earlier connections subscribed to. */
  readonly cleanSession: boolean;
}

/** Another connection that held the identity until a moment ago. */
export interface FormerHolder {
  readonly gatewayId: string;
  /** Undefined when the gateway is gone. */
  readonly address: string | undefined;
  readonly connectionId: string;
}

export interface PresenceGrant {
  readonly former: FormerHolder | undefined;
  /** Whether state of an earlier connection exists (MQTT's SessionPresent). */
  readonly sessionPresent: boolean;
  /** The kept subscriptions: topic filter → QoS. */
  readonly subscriptions: ReadonlyMap<string, number>;
}

export type HeldIdentity = Pick<
  PresenceClaim,
  'hub' | 'identity' | 'generationId' | 'connectionId'
>;

/**
 * Which gateway holds which identity, and what an identity is subscribed to across its connections.
 * Each change of holder writes its connection-state events in the same step.
 */
export interface Presence {
  /** The newcomer holds the identity from now on. @throws HubError `ServiceUnavailable` */
  claim(claim: PresenceClaim): Promise<PresenceGrant>;

  /** Ends the hold, if it is still this connection's; repeated until the store answers. */
  release(held: HeldIdentity, cause: EndCause, keepSession: boolean): void;

  /** Keeps subscriptions beyond the connection. @throws HubError `ServiceUnavailable` */
  subscribe(held: HeldIdentity, filters: ReadonlyMap<string, number>): Promise<void>;

  /** @throws HubError `ServiceUnavailable` */
  unsubscribe(held: HeldIdentity, filters: readonly string[]): Promise<void>;
}

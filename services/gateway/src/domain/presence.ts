import { HubError, type DeviceIdentityId, type EndCause, type HubId } from '@linchpin/wire';

/** One connection's place as the holder of an identity. */
export interface HeldIdentity extends HubId {
  readonly identity: DeviceIdentityId;
  readonly generationId: string;
  readonly connectionId: string;
  /** The IoT Plug and Play model that the connection announced, for its event. */
  readonly modelId?: string | undefined;
}

export interface PresenceClaim extends HeldIdentity {
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
  /** Of its deviceConnected event. Of the claims of one identity the later has the greater, as text. */
  readonly sequence: string;
  /** Whether state of an earlier connection exists (MQTT's SessionPresent). */
  readonly sessionPresent: boolean;
  /** The kept subscriptions: topic filter → QoS. */
  readonly subscriptions: ReadonlyMap<string, number>;
}

/** The store is away and was not asked, so there is no claim to withdraw. */
export class PresenceAway extends HubError {}

/**
 * Which gateway holds which identity, and what an identity is subscribed to across its connections.
 * Each change of holder writes its connection-state events in the same step.
 */
/** `lost`: another has the identity. */
export type Reclaimed = 'kept' | 'restored' | 'lost';

export interface Presence {
  /**
   * The newcomer holds the identity from now on.
   *
   * @throws HubError `DeviceNotFound` when the identity was created anew since the credential was
   * judged; `ServiceUnavailable` when no answer came: the claim may count all the same, so withdraw it,
   * unless it is `PresenceAway`. A claim that the store comes to after its withdrawal does not count.
   */
  claim(claim: PresenceClaim): Promise<PresenceGrant>;

  /**
   * Undoes a claim that nobody can answer for any more; repeated until the store answers.
   *
   * @returns whom the claim had pushed out, who may know nothing of it
   */
  withdraw(held: HeldIdentity, keepSession: boolean): Promise<FormerHolder | undefined>;

  /** Ends the hold, if it is still this connection's; repeated until the store answers. */
  release(held: HeldIdentity, cause: EndCause, keepSession: boolean): void;

  /** Keeps subscriptions beyond the connection. @throws HubError `ServiceUnavailable` */
  subscribe(held: HeldIdentity, filters: ReadonlyMap<string, number>): Promise<void>;

  /** @throws HubError `ServiceUnavailable` */
  unsubscribe(held: HeldIdentity, filters: readonly string[]): Promise<void>;

  /**
   * Tells who waits for the identity that direct methods reach it from now on. It may be lost: whoever waits
   * looks by himself too.
   */
  announce(held: HeldIdentity): void;

  /** Takes back a hold that was swept, or lost with the store's data, if it was. */
  reclaim(held: HeldIdentity): Promise<Reclaimed>;

  /** Ends the holds of this gateway whose connection is unknown to it: the store lost their end. */
  releaseUnknown(isKnown: (connectionId: string) => boolean): Promise<void>;
}

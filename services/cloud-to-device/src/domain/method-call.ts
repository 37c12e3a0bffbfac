import type { DeviceIdentityId, HubId } from '@linchpin/wire';

/** A direct method that a back end calls (service-rest.md section 9). */
export interface MethodCall extends HubId {
  readonly identity: DeviceIdentityId;
  readonly methodName: string;
  /** JSON; the device gets these bytes. */
  readonly payload: Buffer;
  /** 0 to 300: so long the device may take to connect and to subscribe to methods. */
  readonly connectTimeoutSeconds: number;
  /** 5 to 300, from the moment the request is sent to the device. */
  readonly responseTimeoutSeconds: number;
}

export interface MethodAnswer {
  /** Whatever the device gave, negative numbers too. */
  readonly status: bigint;
  /** The device's bytes, JSON. */
  readonly payload: Buffer;
}

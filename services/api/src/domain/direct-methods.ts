import type { DeviceIdentityId, HubId } from '@linchpin/wire';

export interface MethodRequest {
  readonly methodName: string;
  /** JSON; the device gets these bytes. */
  readonly payload: Uint8Array;
  /** 0 to 300: so long the device may take to connect and to subscribe to methods. */
  readonly connectTimeoutSeconds: number;
  /** 5 to 300, from the moment the request is sent to the device. */
  readonly responseTimeoutSeconds: number;
}

export interface MethodResult {
  /** Whatever the device gave, negative numbers too. */
  readonly status: number;
  /** The device's bytes, JSON. */
  readonly payload: Uint8Array;
}

/** Requests that a connected device or module answers at once (service-rest.md section 9). */
export interface DirectMethods {
  /**
   * @param signal takes the request back: whoever asked does not wait any more
   * @throws HubError with the code that the client is to see: `DeviceNotOnline`, `GatewayTimeout` and its kin
   */
  invoke(
    hub: HubId,
    identity: DeviceIdentityId,
    request: MethodRequest,
    signal: AbortSignal,
  ): Promise<MethodResult>;
}

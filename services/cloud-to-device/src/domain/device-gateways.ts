/** How a device is reached: by the gateway that holds its connection. */
import type { DeviceIdentityId } from '@linchpin/wire';
import type { MethodAnswer, MethodCall } from './method-call.js';

/** A connection, as presence has it; it may have ended since. */
export interface Holder {
  /** Of the gateway; undefined when the gateway is gone. */
  readonly address: string | undefined;
  readonly connectionId: string;
  /** A hub that was made anew under the name of another has another. */
  readonly hubGeneration: string;
  /** So has an identity. */
  readonly generationId: string;
}

export interface Presence {
  /** Undefined when the identity is not connected. @throws HubError `ServiceUnavailable` */
  holderOf(hub: string, identity: DeviceIdentityId): Promise<Holder | undefined>;
}

export interface Arrivals {
  /**
   * Whoever looks for the identity after this, and then waits, misses no arrival.
   *
   * @throws HubError `ServiceUnavailable`
   */
  watch(hub: string, identity: DeviceIdentityId): Promise<ArrivalWatch>;
}

export interface ArrivalWatch {
  /**
   * Resolves when it is worth looking again.
   *
   * @returns whether the identity was announced, and it is not only that time has passed
   * @throws the signal's reason
   */
  next(signal: AbortSignal): Promise<boolean>;
  close(): void;
}

export interface DeviceGateways {
  /**
   * Hands the call to the device and waits for its answer.
   *
   * @param signal takes the call back
   * @returns undefined when the device was not asked: its gateway does not answer, or does not have the
   *   connection with a subscription to methods
   * @throws HubError the gateway's, or `DeviceConnectionClosedRemotely` when it was lost meanwhile
   */
  deliver(
    address: string,
    connectionId: string,
    call: MethodCall,
    signal: AbortSignal,
  ): Promise<MethodAnswer | undefined>;
}

import type { DesiredChange } from './desired-changes.js';
import type { MethodRequest, MethodResponse } from './method-calls.js';

/** What services send to a connected device or module. */
export interface DeviceDownlink {
  /**
   * Hands a direct method to the device and waits for its answer.
   *
   * @param signal takes the request back: the device's answer is dropped then
   * @throws HubError as `MethodCalls.call` says; `DeviceNotOnline` when it is not subscribed to methods
   */
  callMethod(request: MethodRequest, signal: AbortSignal): Promise<MethodResponse>;

  /**
   * Tells the device of changes of its desired properties, if it is subscribed to them.
   *
   * @throws HubError `DeviceNotOnline` when it does not read what it is sent; its connection has ended then
   */
  tellDesired(changes: readonly DesiredChange[]): Promise<void>;

  /**
   * Cloud-to-device messages wait for the device: they are asked for.
   *
   * @throws HubError `DeviceNotOnline` when it is not subscribed to them
   */
  tellMessagesWait(): void;
}

import type { DeviceSession } from './device-session.js';

/** The part of twins that their devices see and change (device-mqtt.md section 9). */
export interface DeviceTwins {
  /**
   * `{"desired":{…},"reported":{…}}`, as the device gets it.
   *
   * @throws HubError `DeviceNotFound` when the identity is gone; `ServiceUnavailable` and the like
   */
  readProperties(session: DeviceSession): Promise<string>;

  /**
   * Merges the patch, of any bytes, into the reported properties.
   *
   * @param ifVersion applies only to this version of them
   * @returns their new version
   * @throws HubError also `ArgumentInvalid` for what is no patch; `PreconditionFailed` for another version
   */
  patchReported(
    session: DeviceSession,
    patch: Buffer,
    ifVersion: bigint | undefined,
  ): Promise<bigint>;
}

import { DirectMethodsService } from './gen/linchpin/cloud_to_device/v1/direct_methods.js';
import { DownlinkService } from './gen/linchpin/gateway/v1/downlink.js';
import { RegistryService } from './gen/linchpin/registry/v1/registry.js';
import { DeviceTwinsService } from './gen/linchpin/twin/v1/twin.js';

/**
 * What is called for each request of a back end or each packet of a device, and whose messages are small (128 KB at
 * most): by streams that stand, each takes a tenth of what gRPC takes for a call of its own.
 */
export const streamedRpcs = [
  RegistryService.authenticateDevice.path,
  RegistryService.authorizeService.path,
  DirectMethodsService.invokeMethod.path,
  DownlinkService.deliverMethod.path,
  DownlinkService.notifyDesired.path,
  DeviceTwinsService.getProperties.path,
  DeviceTwinsService.patchReported.path,
] as const;

import { CloudToDeviceMessagesService } from './gen/linchpin/cloud_to_device/v1/cloud_to_device_messages.js';
import { DeviceMessagesService } from './gen/linchpin/cloud_to_device/v1/device_messages.js';
import { DirectMethodsService } from './gen/linchpin/cloud_to_device/v1/direct_methods.js';
import { DownlinkService } from './gen/linchpin/gateway/v1/downlink.js';
import { RecipientsService } from './gen/linchpin/registry/v1/recipients.js';
import { RegistryService } from './gen/linchpin/registry/v1/registry.js';
import { DeviceTwinsService } from './gen/linchpin/twin/v1/twin.js';

/**
 * What is called for each request of a back end or each packet of a device, and whose answers are small (128 KB at
 * most): on a stream that stands each costs a fraction of a unary call (docs/adr/0019-small-calls-share-a-stream.md).
 */
export const streamedRpcs = [
  RegistryService.authenticateDevice.path,
  RegistryService.authorizeService.path,
  RecipientsService.getRecipient.path,
  CloudToDeviceMessagesService.sendMessage.path,
  DeviceMessagesService.lockMessages.path,
  DeviceMessagesService.settleMessages.path,
  DeviceMessagesService.releaseMessages.path,
  DirectMethodsService.invokeMethod.path,
  DownlinkService.deliverMethod.path,
  DownlinkService.notifyDesired.path,
  DownlinkService.notifyMessages.path,
  DeviceTwinsService.getProperties.path,
  DeviceTwinsService.patchReported.path,
] as const;

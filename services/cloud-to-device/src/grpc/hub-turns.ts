import {
  CloudToDeviceMessagesService,
  DeviceMessagesService,
  DirectMethodsService,
} from '@linchpin/contracts';
import { HubTurnsInterceptor } from '@linchpin/platform/grpc-server';

/** Calls that share statements, so many of each hub at once; those that take back among those that hand out. */
const sharedCallsMax = 64;
const sharedCalls = [
  CloudToDeviceMessagesService.sendMessage.path,
  DeviceMessagesService.lockMessages.path,
  DeviceMessagesService.settleMessages.path,
  DeviceMessagesService.releaseMessages.path,
];
/** Those wait for devices, and for no connection. */
const directMethods = DirectMethodsService.invokeMethod.path;

/** Which calls about one hub wait for each other. */
export function hubTurns(postgresConnectionsMax: number): HubTurnsInterceptor[] {
  return [
    HubTurnsInterceptor.ofConnections(postgresConnectionsMax, [...sharedCalls, directMethods]),
    HubTurnsInterceptor.ofCalls(sharedCalls, sharedCallsMax),
  ];
}

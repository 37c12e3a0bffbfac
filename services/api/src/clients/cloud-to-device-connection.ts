import { DirectMethodsClient, streamedRpcs } from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated client of the service that reaches devices. */
export interface CloudToDeviceConnection {
  readonly methods: DirectMethodsClient;
  /** @throws Error for operators when the service does not serve */
  check(): Promise<void>;
  close(): void;
}

/** Nothing is sent again: a device may have acted on what was not answered. */
export function connectCloudToDevice(place: GrpcPlace): CloudToDeviceConnection {
  const clients = createGrpcClients(
    { methods: DirectMethodsClient },
    { ...place, streamed: streamedRpcs },
  );
  return {
    ...clients,
    check: () => checkHealth(clients.methods, 'linchpin.cloud_to_device.v1.DirectMethods'),
  };
}

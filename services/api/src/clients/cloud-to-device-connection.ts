import {
  CloudToDeviceMessagesClient,
  DirectMethodsClient,
  FeedbackClient,
  streamedRpcs,
} from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of the service that reaches devices. */
export interface CloudToDeviceConnection {
  readonly methods: DirectMethodsClient;
  readonly messages: CloudToDeviceMessagesClient;
  readonly feedback: FeedbackClient;
  /** @throws Error for operators when the service does not serve */
  check(): Promise<void>;
  close(): void;
}

/** Nothing is sent again: a device may have acted on what was not answered, or a message wait for it twice. */
export function connectCloudToDevice(place: GrpcPlace): CloudToDeviceConnection {
  const clients = createGrpcClients(
    {
      methods: DirectMethodsClient,
      messages: CloudToDeviceMessagesClient,
      feedback: FeedbackClient,
    },
    { ...place, streamed: streamedRpcs },
  );
  return {
    ...clients,
    check: () => checkHealth(clients.methods, 'linchpin.cloud_to_device.v1.DirectMethods'),
  };
}

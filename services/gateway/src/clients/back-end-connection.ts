import { CloudToDeviceMessagesClient, FeedbackClient, streamedRpcs } from '@linchpin/contracts';
import { createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of cloud-to-device for what back ends do. */
export interface BackEndConnection {
  readonly messages: CloudToDeviceMessagesClient;
  readonly feedback: FeedbackClient;
  close(): void;
}

/** Nothing is sent again: a message could wait for its device twice. */
export function connectForBackEnds(place: GrpcPlace): BackEndConnection {
  return createGrpcClients(
    { messages: CloudToDeviceMessagesClient, feedback: FeedbackClient },
    { ...place, streamed: streamedRpcs },
  );
}

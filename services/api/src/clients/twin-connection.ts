import { repeatableRpcs, TwinsClient } from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of the service that keeps twins. */
export interface TwinConnection {
  readonly twins: TwinsClient;
  /** @throws Error for operators when the service does not serve */
  check(): Promise<void>;
  close(): void;
}

export function connectTwin(place: GrpcPlace): TwinConnection {
  const clients = createGrpcClients({ twins: TwinsClient }, { ...place, retried: repeatableRpcs });
  return {
    ...clients,
    check: () => checkHealth(clients.twins, 'linchpin.twin.v1.Twins'),
  };
}

import { repeatableRpcs, TwinQueriesClient, TwinsClient } from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of the service that keeps twins. */
export interface TwinConnection {
  readonly twins: TwinsClient;
  readonly queries: TwinQueriesClient;
  /** @throws Error for operators when the service does not serve */
  check(): Promise<void>;
  close(): void;
}

export function connectTwin(place: GrpcPlace): TwinConnection {
  const clients = createGrpcClients(
    { twins: TwinsClient, queries: TwinQueriesClient },
    { ...place, retried: repeatableRpcs },
  );
  return {
    ...clients,
    check: () => checkHealth(clients.twins, 'linchpin.twin.v1.Twins'),
  };
}

import {
  RecipientsClient,
  RegistryClient,
  repeatableRpcs,
  streamedRpcs,
} from '@linchpin/contracts';
import { checkHealth, createGrpcClients, type GrpcPlace } from '@linchpin/platform/grpc';

/** The generated clients of the registry service. */
export interface RegistryConnection {
  readonly registry: RegistryClient;
  readonly recipients: RecipientsClient;
  /** @throws Error for operators when the registry does not serve */
  check(): Promise<void>;
  close(): void;
}

export function connectRegistry(place: GrpcPlace): RegistryConnection {
  const clients = createGrpcClients(
    { registry: RegistryClient, recipients: RecipientsClient },
    { ...place, retried: repeatableRpcs, streamed: streamedRpcs },
  );
  return {
    ...clients,
    check: () => checkHealth(clients.registry, 'linchpin.registry.v1.Registry'),
  };
}

import { IdentityJobsService } from '@linchpin/contracts';
import { HubTurnsInterceptor } from '@linchpin/platform/grpc-server';

/** Calls of a hub's devices and back ends leave connections to other hubs; who asks for jobs is held to a rate. */
export function hubTurns(postgresConnectionsMax: number): HubTurnsInterceptor {
  const jobs = Object.values(IdentityJobsService).map(({ path }) => path);
  return HubTurnsInterceptor.ofConnections(postgresConnectionsMax, jobs);
}

import { FileNotificationsService, FileUploadsService } from '@linchpin/contracts';
import { HubTurnsInterceptor } from '@linchpin/platform/grpc-server';

/**
 * Of each hub. More than there are connections to PostgreSQL: a call has one for moments, and waits for the registry
 * and for the hub's own store in between, which may be slow.
 */
const callsMax = 64;

/** Calls of a hub's devices and back ends leave room for those of other hubs; who asks for jobs is held to a rate. */
export function hubTurns(): HubTurnsInterceptor {
  const rpcs = [...Object.values(FileUploadsService), ...Object.values(FileNotificationsService)];
  return HubTurnsInterceptor.ofCalls(
    rpcs.map(({ path }) => path),
    callsMax,
  );
}

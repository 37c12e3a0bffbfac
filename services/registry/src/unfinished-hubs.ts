import { RepeatedWork } from '@linchpin/platform/lifecycle';
import type { HubAdministration } from './domain/hub-administration.js';
import type { RegistryEvents } from './events.js';

interface UnfinishedHubsParts {
  readonly administration: HubAdministration;
  readonly events: RegistryEvents;
}

/** Whoever's process ended between two steps of a hub waits no longer than this. */
const periodMs = 60_000;

/** Goes on, at the start and now and then, with what processes left half done when they ended. */
export function startFinishingHubs(parts: UnfinishedHubsParts): RepeatedWork {
  return RepeatedWork.start((signal) => finishAll(parts, signal), periodMs);
}

async function finishAll(parts: UnfinishedHubsParts, signal: AbortSignal): Promise<void> {
  for (const name of await listUnfinished(parts)) {
    if (signal.aborted) {
      return;
    }
    await finish(parts, name);
  }
}

async function listUnfinished({
  administration,
  events,
}: UnfinishedHubsParts): Promise<readonly string[]> {
  try {
    return await administration.listUnfinished();
  } catch (error) {
    events.unfinishedHubsUnknown(error);
    return [];
  }
}

async function finish(
  { administration, events }: UnfinishedHubsParts,
  name: string,
): Promise<void> {
  try {
    await administration.finish(name);
    events.hubFinished(name);
  } catch (error) {
    events.hubUnfinished(name, error);
  }
}

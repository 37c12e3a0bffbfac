/** Makes the twins of identities that were there before this service was, once for each hub. */
import type { HubId } from '@linchpin/wire';
import { copyCurrent } from './copy-current.js';
import type { HubCopies } from './hub-copies.js';
import { ifThere, type CopiedIdentity, type IdentityCopy } from './identity-copy.js';

/** Where an identity stands among those of its hub: by device id, each device before its modules. */
export type IdentityPlace = Pick<CopiedIdentity, 'deviceId' | 'moduleId'>;

export interface RegistryPages {
  /** Active hubs. */
  listHubs(): AsyncIterable<readonly HubId[]>;
  /** Some identities behind a place, in their order; none behind the last one. @throws HubError IotHubNotFound */
  readPage(hub: HubId, after: IdentityPlace | undefined): Promise<readonly CopiedIdentity[]>;
}

interface CopyHubsParts {
  readonly registry: RegistryPages;
  readonly hubs: HubCopies;
  readonly copy: IdentityCopy;
}

/**
 * What changes meanwhile is told beside it.
 *
 * @param onCopied hears of each hub with how many identities it had
 */
export async function copyHubs(
  parts: CopyHubsParts,
  signal: AbortSignal,
  onCopied: (hub: HubId, identities: number) => void,
): Promise<void> {
  const { registry, hubs } = parts;
  for await (const page of registry.listHubs()) {
    for (const hub of await hubs.findUncopied(page)) {
      const [count] = await ifThere(copyHub(parts, hub, signal));
      if (signal.aborted) {
        return;
      }
      if (count !== undefined) {
        await hubs.markCopied(hub.hubGeneration);
        onCopied(hub, count);
      }
    }
  }
}

/** @returns how many identities it has, or had until `signal` said to leave off. @throws HubError IotHubNotFound */
async function copyHub(
  { registry, copy }: CopyHubsParts,
  hub: HubId,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  let after: IdentityPlace | undefined;
  while (!signal.aborted) {
    const identities = await registry.readPage(hub, after);
    const last = identities.at(-1);
    if (last === undefined) {
      break;
    }
    const stretch = { after, last };
    const readAgain = () => readThrough(registry, hub, stretch);
    count += (await copyCurrent(copy, hub, { identities, readAgain })).length;
    after = last;
  }
  return count;
}

interface Stretch {
  readonly after: IdentityPlace | undefined;
  readonly last: IdentityPlace;
}

/** All from behind one place to another, which may be more than a page by now. */
async function readThrough(
  registry: RegistryPages,
  hub: HubId,
  { after, last }: Stretch,
): Promise<readonly CopiedIdentity[]> {
  const found: CopiedIdentity[] = [];
  let place = after;
  for (;;) {
    const page = await registry.readPage(hub, place);
    found.push(...page.filter((each) => !isBehind(each, last)));
    place = page.at(-1);
    if (place === undefined || !isBehind(last, place)) {
      return found;
    }
  }
}

function isBehind(one: IdentityPlace, other: IdentityPlace): boolean {
  return one.deviceId === other.deviceId
    ? (one.moduleId ?? '') > (other.moduleId ?? '')
    : one.deviceId > other.deviceId;
}

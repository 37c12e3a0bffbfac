/**
 * Copies what was read from the registry, beside what the registry tells of it (`registry-changes.ts`): a change that
 * was told between the reading and the writing would be undone by the writing, and a deletion never be heard of again.
 */
import { formatIdentityId, HubError, type HubId } from '@linchpin/wire';
import type { CopiedIdentity, IdentityCopy } from './identity-copy.js';

interface Reading {
  /** As they were read a moment ago. */
  readonly identities: readonly CopiedIdentity[];
  /** Those of them that are there now, among others. */
  readonly readAgain: () => Promise<readonly CopiedIdentity[]>;
}

/** Each of them needs another change of the same identities in the time of one writing. */
const writesMax = 10;

/**
 * Writes them, and again those that have changed since, until a look after the writing finds none.
 *
 * @returns those that are there, as the last look at each found it
 * @throws HubError `ServiceUnavailable` when they change all the time, and what reading and writing throw
 */
export async function copyCurrent(
  copy: IdentityCopy,
  hub: HubId,
  { identities, readAgain }: Reading,
): Promise<readonly CopiedIdentity[]> {
  const settled: CopiedIdentity[] = [];
  let written = identities;
  for (let writes = 1; written.length > 0; writes += 1) {
    if (writes > writesMax) {
      throw new HubError('ServiceUnavailable', 'Identities change all the time; try again.');
    }
    await copy.put(hub, written);
    const again = new Map((await readAgain()).map((each) => [formatIdentityId(each), each]));
    const changed: CopiedIdentity[] = [];
    for (const one of written) {
      const now = again.get(formatIdentityId(one));
      if (now?.generationId !== one.generationId) {
        await copy.remove(hub, one.deviceId, [one.generationId]);
      }
      if (now !== undefined) {
        (isSame(one, now) ? settled : changed).push(now);
      }
    }
    written = changed;
  }
  return settled;
}

function isSame(one: CopiedIdentity, other: CopiedIdentity): boolean {
  return one.generationId === other.generationId && one.etag === other.etag;
}

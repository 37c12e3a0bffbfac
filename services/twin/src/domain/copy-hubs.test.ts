import { expect, test } from '@jest/globals';
import { formatIdentityId, HubError, type HubId } from '@linchpin/wire';
import { copyHubs, type IdentityPlace, type RegistryPages } from './copy-hubs.js';
import type { CopiedIdentity } from './identity-copy.js';
import { identityOf } from './samples.fake.js';

const hubs: readonly HubId[] = ['h1', 'h2'].map((hub) => ({ hub, hubGeneration: hub }));
const pageLength = 3;

function placeOf({ deviceId, moduleId = '' }: IdentityPlace): string {
  return `${deviceId}\0${moduleId}`;
}

/** A registry of two hubs, and the copy of it; something may happen with each writing. */
class World {
  readonly there = new Map<string, Map<string, CopiedIdentity>>();
  readonly copied = new Map<string, string>();
  readonly marked: string[] = [];
  onPut: () => void = () => undefined;

  readonly registry: RegistryPages = {
    async *listHubs() {
      yield await Promise.resolve(hubs);
    },
    readPage: ({ hub }, after) => {
      const identities = this.there.get(hub);
      if (identities === undefined) {
        return Promise.reject(new HubError('IotHubNotFound', 'It is gone.'));
      }
      const from = after === undefined ? '' : placeOf(after);
      const behind = [...identities].filter(([place]) => place > from);
      const sorted = behind.sort(([one], [other]) => (one < other ? -1 : 1));
      return Promise.resolve(sorted.slice(0, pageLength).map(([, identity]) => identity));
    },
  };

  create(hub: string, deviceId: string, moduleId?: string): void {
    const identities = this.there.get(hub) ?? new Map<string, CopiedIdentity>();
    const identity = { ...identityOf({ deviceId, moduleId }), generationId: '1' };
    this.there.set(hub, identities.set(placeOf(identity), identity));
  }

  /** As the registry does it, and as the copy hears of it at once. */
  delete(hub: string, deviceId: string): void {
    this.there.get(hub)?.delete(placeOf({ deviceId, moduleId: undefined }));
    this.copied.delete(`${hub}/${deviceId}`);
  }

  run(signal = new AbortController().signal): Promise<void> {
    return copyHubs(
      {
        registry: this.registry,
        hubs: {
          markDeleted: () => Promise.resolve(),
          removeSomeOfDeleted: () => Promise.resolve(false),
          findUncopied: (some) => Promise.resolve(some),
          markCopied: () => Promise.resolve(),
        },
        copy: {
          put: ({ hub }, identities) => {
            this.onPut();
            for (const identity of identities) {
              this.copied.set(`${hub}/${formatIdentityId(identity)}`, identity.etag);
            }
            return Promise.resolve();
          },
          remove: ({ hub }, deviceId) => {
            this.copied.delete(`${hub}/${deviceId}`);
            return Promise.resolve();
          },
        },
      },
      signal,
      ({ hub }, identities) => {
        this.marked.push(`${hub} ${identities}`);
      },
    );
  }
}

test('all pages of all hubs are copied', async () => {
  const world = new World();
  for (const deviceId of ['a', 'b', 'c', 'd']) {
    world.create('h1', deviceId);
  }
  world.create('h1', 'b', 'm');
  world.create('h2', 'a');

  await world.run();

  expect([...world.copied.keys()].sort()).toEqual(
    ['h1/a', 'h1/b', 'h1/b/m', 'h1/c', 'h1/d', 'h2/a'].sort(),
  );
  expect(world.marked).toEqual(['h1 5', 'h2 1']);
});

test('an identity that is deleted while its page is written leaves nothing behind', async () => {
  const world = new World();
  ['a', 'b', 'c', 'd'].forEach((deviceId) => {
    world.create('h1', deviceId);
  });
  world.create('h2', 'a');
  world.onPut = () => {
    world.delete('h1', 'b');
  };

  await world.run();

  expect([...world.copied.keys()]).toEqual(['h1/a', 'h1/c', 'h1/d', 'h2/a']);
});

test('identities that come meanwhile push none out of its page', async () => {
  const world = new World();
  ['a', 'c', 'e'].forEach((deviceId) => {
    world.create('h1', deviceId);
  });
  world.create('h2', 'a');
  world.onPut = () => {
    ['a1', 'b', 'b1', 'd'].forEach((deviceId) => {
      world.create('h1', deviceId);
    });
  };

  await world.run();

  expect([...world.copied.keys()]).toEqual(expect.arrayContaining(['h1/a', 'h1/c', 'h1/e']));
});

test('a hub that is deleted meanwhile does not hold up the others', async () => {
  const world = new World();
  world.create('h2', 'a');

  await world.run();

  expect(world.marked).toEqual(['h2 1']);
});

test('a process that stops leaves the hub for later', async () => {
  const world = new World();
  world.create('h1', 'a');

  const stopping = new AbortController();
  world.onPut = () => {
    stopping.abort();
  };

  await world.run(stopping.signal);

  expect(world.marked).toEqual([]);
});

import { expect, test } from '@jest/globals';
import type { HubId } from '@linchpin/wire';
import { copyCurrent } from './copy-current.js';
import type { CopiedIdentity, IdentityCopy } from './identity-copy.js';
import { identityOf } from './samples.fake.js';

const hub: HubId = { hub: 'h', hubGeneration: '1' };

const identity = (members: Partial<CopiedIdentity> = {}): CopiedIdentity => ({
  ...identityOf(),
  generationId: '1',
  ...members,
});

/** What is written and removed, in order; each writing may be followed by something. */
function copyOf(
  onWritten: () => void = () => undefined,
): IdentityCopy & { readonly log: string[] } {
  const log: string[] = [];
  return {
    log,
    put: (_hub, identities) => {
      log.push(...identities.map(({ deviceId, etag }) => `put ${deviceId} ${etag}`));
      onWritten();
      return Promise.resolve();
    },
    remove: (_hub, deviceId, generationIds) => {
      log.push(`remove ${deviceId} ${generationIds.join(' ')}`);
      return Promise.resolve();
    },
  };
}

test('what has not changed since it was read is written once', async () => {
  const copy = copyOf();
  const identities = [identity({ deviceId: 'a' }), identity({ deviceId: 'b' })];
  const readAgain = () => Promise.resolve([...identities, identity({ deviceId: 'new' })]);

  expect(await copyCurrent(copy, hub, { identities, readAgain })).toEqual(identities);
  expect(copy.log).toEqual(['put a MTA0Mg==', 'put b MTA0Mg==']);
});

test('what was deleted between reading and writing is removed, and what was changed written again', async () => {
  const there = new Map(['a', 'b', 'c'].map((deviceId) => [deviceId, identity({ deviceId })]));
  const identities = [...there.values()];
  let writes = 0;
  const copy = copyOf(() => {
    writes += 1;
    if (writes === 1) {
      there.delete('a');
      there.set('b', identity({ deviceId: 'b', etag: 'second' }));
    } else if (writes === 2) {
      there.set('b', identity({ deviceId: 'b', etag: 'third' }));
    }
  });
  const readAgain = () => Promise.resolve([...there.values()]);

  expect(await copyCurrent(copy, hub, { identities, readAgain })).toEqual([
    there.get('c'),
    there.get('b'),
  ]);
  expect(copy.log).toEqual([
    ...['put a MTA0Mg==', 'put b MTA0Mg==', 'put c MTA0Mg=='],
    'remove a 1',
    ...['put b second', 'put b third'],
  ]);
});

test('one that was made again takes the place of the former', async () => {
  const again = identity({ generationId: '2' });
  const copy = copyOf();
  const readAgain = () => Promise.resolve([again]);

  await copyCurrent(copy, hub, { identities: [identity({ etag: 'former' })], readAgain });

  expect(copy.log).toEqual(['put pump-7 former', 'remove pump-7 1', 'put pump-7 MTA0Mg==']);
});

test('one that changes all the time is given up', async () => {
  let number = 0;
  const readAgain = () => Promise.resolve([identity({ etag: String((number += 1)) })]);
  const copied = copyCurrent(copyOf(), hub, { identities: [identity()], readAgain });

  await expect(copied).rejects.toMatchObject({ code: 'ServiceUnavailable' });
});

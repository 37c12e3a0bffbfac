import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { freeSpaceMb, requireDiskSpace } from './disk-space.js';

test('a disk with room is not spoken of', async () => {
  await requireDiskSpace(tmpdir(), 1);
});

test('a disk without room says how much is missing and what to do', async () => {
  const neededMb = (await freeSpaceMb(tmpdir())) + 1_000_000;

  await expect(requireDiskSpace(tmpdir(), neededMb)).rejects.toMatchObject({
    message: expect.stringMatching(/ has \d+ MB left, and a hub needs \d+ MB to start\.$/),
    remedy: 'Free some space, or set LINCHPIN_STATE_DIR to a folder on another disk.',
  });
});

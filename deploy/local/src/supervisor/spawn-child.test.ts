import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { parseStat } from '../machine/process-identity.js';
import { childCommand, spawnChild } from './spawn-child.js';

const launch = { command: ['postgres', '-D', 'data'], env: {}, cwd: '/' };

test('the death signal is asked for last, for a change of user would clear it', () => {
  const command = childCommand({ ...launch, prefix: ['become', 'postgres'] }, 'SIGINT', true);

  expect(command).toEqual([
    ...['become', 'postgres'],
    ...['/usr/bin/setpriv', '--pdeathsig=INT', '--'],
    ...['postgres', '-D', 'data'],
  ]);
});

test('without setpriv the command stands alone', () => {
  expect(childCommand(launch, 'SIGTERM', false)).toEqual(launch.command);
});

test("a child leads a session of its own, so that the terminal's Ctrl-C passes it by", async () => {
  const child = spawnChild(
    { command: ['cat', '/proc/self/stat'], env: { PATH: '/usr/bin:/bin' }, cwd: '/' },
    'SIGTERM',
  );
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const [, , , session] = chunk
    .toString()
    .slice(chunk.lastIndexOf(')') + 2)
    .split(' ');

  expect(parseStat(chunk.toString())).toBeDefined();
  expect(Number(session)).toBe(child.pid);
});

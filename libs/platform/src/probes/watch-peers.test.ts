import { expect, test } from '@jest/globals';
import { createLogger } from '../logging/index.js';
import { watchPeers } from './watch-peers.js';

test('a service that does not answer is told once for a while, and when it is back', async () => {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string): unknown => lines.push(JSON.parse(line) as never) };
  const looks: string[] = [];
  const answers = ['', 'refused', 'refused', 'refused', '', ''];
  let finish: () => void;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const registry = (): Promise<void> => {
    const fault = answers[looks.length] ?? '';
    looks.push(fault);
    if (looks.length > answers.length) {
      finish();
    }
    return fault === '' ? Promise.resolve() : Promise.reject(new Error(fault));
  };
  const watch = watchPeers({
    checks: { registry, other: () => Promise.resolve() },
    logger: createLogger({ service: 'api', level: 'info', destination }),
    periodMs: 1,
  });
  await finished;
  await watch.stop();

  expect(lines).toMatchObject([
    { level: 'warn', peer: 'registry', reason: 'refused', awayForMs: 0 },
    { level: 'info', peer: 'registry', awayForMs: expect.any(Number) },
  ]);
  expect(lines.map(({ msg }) => msg)).toEqual([
    'a service does not answer; trying again',
    'a service answers again',
  ]);
});

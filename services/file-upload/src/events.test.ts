import { expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { FileUploadEvents } from './events.js';

test('jobs that cannot be looked for are told once a minute, and when they can again', () => {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string): unknown => lines.push(JSON.parse(line) as never) };
  const logger = createLogger({ service: 'file-upload', level: 'info', destination });
  let nowMs = 1_000;
  const events = new FileUploadEvents(logger, createMetrics('file-upload'), () => nowMs);

  events.jobsReadable();
  for (let second = 0; second < 90; second++) {
    events.jobsUnreadable(new Error('no connection'));
    nowMs += 1_000;
  }
  events.jobsReadable();
  events.jobsReadable();

  const trouble = 'the table of jobs cannot be used; trying again';
  expect(lines).toEqual([
    expect.objectContaining({ level: 'warn', msg: trouble, standingForMs: 0 }),
    expect.objectContaining({ level: 'warn', msg: trouble, standingForMs: 61_000 }),
    expect.objectContaining({
      level: 'info',
      msg: 'the table of jobs is back',
      stoodForMs: 90_000,
    }),
  ]);
});

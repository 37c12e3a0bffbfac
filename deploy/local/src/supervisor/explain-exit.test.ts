import { expect, test } from '@jest/globals';
import { describeExit, findRemedy, quoteLastLines } from './explain-exit.js';

test('an end is described by its code or its signal', () => {
  expect(describeExit({ code: 3, signal: null })).toBe('ended with exit code 3');
  expect(describeExit({ code: null, signal: 'SIGKILL' })).toBe('was ended by SIGKILL');
});

test.each([
  ['org.apache.kafka.common.errors.KafkaStorageException: No space left on device', 'disk is full'],
  ['Error: listen EADDRINUSE: address already in use 127.0.0.1:8883', 'took its port'],
  ['FATAL:  could not map anonymous shared memory: Cannot allocate memory', 'out of memory'],
  ["Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/x/dist/main.js'", 'npm run build'],
])('%s', (line, remedy) => {
  expect(findRemedy(['before', line, 'after'])).toContain(remedy);
});

test('an unknown trouble has no remedy', () => {
  expect(findRemedy(['TypeError: x is not a function'])).toBeUndefined();
});

test('last words are few and short', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `${i}`);

  expect(quoteLastLines(lines)).toBe(lines.slice(10).join('\n'));
  expect(quoteLastLines(['x'.repeat(500)])).toBe(`${'x'.repeat(400)} …`);
});

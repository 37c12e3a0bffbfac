import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { explainError } from './explain-error.js';
import { RunnerError } from './runner-error.js';
import { openStateFolder } from './state-folder.js';

test('what is wrong and what to do are one line', () => {
  expect(explainError(new RunnerError('No Java.', 'Install one.'))).toBe('No Java. Install one.');
});

test('after quoted lines the remedy begins a line of its own', () => {
  expect(explainError(new RunnerError('It said:\nno\n', 'Look.'))).toBe('It said:\nno\nLook.');
});

test('a refusal of the system comes with its remedy', () => {
  const refusal = Object.assign(new Error("EACCES: permission denied, open '/s/version'"), {
    code: 'EACCES',
  });

  expect(explainError(refusal)).toBe(
    "EACCES: permission denied, open '/s/version'. " +
      'Give the command as the user who started the hub, or set LINCHPIN_STATE_DIR.',
  );
});

test('a file where the state folder should be is named with its remedy', () => {
  const file = fileURLToPath(import.meta.url);

  expect(explainError(errorOf(() => openStateFolder(file)))).toBe(
    `ENOTDIR: not a directory, scandir '${file}'. ` +
      'A folder must lie where a file is: set LINCHPIN_STATE_DIR to another one.',
  );
});

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

test('a fault of the runner shows where it is', () => {
  expect(explainError(new TypeError('x is not a function'))).toMatch(/explain-error\.test/);
  expect(explainError('thrown text')).toBe('thrown text');
});

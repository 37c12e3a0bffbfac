/** CONFORMANCE.md against the tests: no line without a test, no test without its line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { listFiles } from '../docs/list-files.js';

interface Row {
  /** As a test names it: `device-mqtt 20`. */
  readonly line: string;
  /** In the source, or `later`. */
  readonly test: string;
  /** The file from the repository's root, or why later. */
  readonly where: string;
}

interface NamedTest {
  readonly file: string;
  readonly name: string;
  readonly lines: readonly string[];
}

const root = join(import.meta.dirname, '..');
const checklists =
  'amqp|device-https|device-mqtt|service-rest|security-limits|events-monitoring|query-language';

const rows = readRows();
const namedTests = findNamedTests();

test.each([
  ['amqp', 60],
  ['device-https', 50],
  ['device-mqtt', 62],
  ['query-language', 22],
])('each line of %s.md up to %i has its row, in order', (checklist, count) => {
  const lines = rows.map(({ line }) => line).filter((line) => line.startsWith(`${checklist} `));
  const all = Array.from({ length: count }, (_, index) => `${checklist} ${index + 1}`);
  expect([...new Set(lines)]).toEqual(all);
});

test('each row names a test that stands in its file and is named after its line', () => {
  const wrong = rows.filter(
    (row) =>
      row.test !== 'later' &&
      !namedTests.some(
        ({ file, name, lines }) =>
          file === row.where && name === row.test && lines.includes(row.line),
      ),
  );
  expect(wrong).toEqual([]);
});

test('each end-to-end test that is named after a line has its row, each other one its line', () => {
  const missing = namedTests.flatMap(({ file, name, lines }) =>
    lines
      .filter(
        (line) =>
          !rows.some(
            (row) =>
              row.line === line &&
              (!file.startsWith('test-e2e/') || (row.test === name && row.where === file)),
          ),
      )
      .map((line) => ({ line, test: name, where: file })),
  );
  expect(missing).toEqual([]);
});

/** Tables of line, what it says, test and file, each under a heading that names its checklist. */
function readRows(): Row[] {
  const text = readFileSync(join(import.meta.dirname, 'CONFORMANCE.md'), 'utf8');
  return text.split('\n## ').flatMap((section) => {
    const checklist = /^[a-z-]+/.exec(section)?.[0] ?? '';
    const found = section.matchAll(/^\| *(\d+) *\|[^|]*\| *([^|]+?) *\| *([^|]+?) *\|$/gm);
    return [...found].map(([, number = '', name = '', where = '']) => ({
      line: `${checklist} ${number}`,
      test: withoutTicks(name),
      where: withoutTicks(where),
    }));
  });
}

function withoutTicks(cell: string): string {
  return cell.replace(/^`(.*)`$/, '$1');
}

function findNamedTests(): NamedTest[] {
  const literal = new RegExp(`(['"\`])((?:${checklists}) \\d[^\\n]*?)\\1`, 'g');
  return testFiles().flatMap((file) => {
    const source = readFileSync(join(root, file), 'utf8');
    return [...source.matchAll(literal)].map(([, , name = '']) => ({
      file,
      name,
      lines: linesOf(name),
    }));
  });
}

function testFiles(): string[] {
  return listFiles(root)
    .filter((path) => /\.(test|contract)\.ts$/.test(path))
    .filter((path) => path !== 'test-e2e/conformance.test.ts');
}

/** `service-rest 16, 17: …`, `service-rest 3 and 6: …`, `service-rest 70, security-limits 5: …`. */
function linesOf(name: string): string[] {
  const [front = ''] = name.split(':');
  let checklist = '';
  return [...front.matchAll(new RegExp(`(?:(${checklists}) )?(\\d+)`, 'g'))].map(
    ([, named, number = '']) => {
      checklist = named ?? checklist;
      return `${checklist} ${number}`;
    },
  );
}

/**
 * Holds the documents to the tree: links lead somewhere, files and tests that are named exist, and a
 * service's README has its variables. It reads texts only, so it is a unit test.
 *
 * How documents name things: a file in code, by the end of its path (`mqtt/connect.ts`), under the
 * folder of its README, elsewhere under the repository; behind a test file, in the row of a table, the
 * beginnings of the names of tests in it, in code.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { listFiles } from './list-files.js';

const root = join(import.meta.dirname, '..');
const files = listFiles(root);
const documents = files.filter((file) => file.endsWith('.md'));
const promises = ['docs/compatibility.md', 'docs/guarantees.md'];
const serviceReadmes = documents.filter((file) => /^services\/[\w-]+\/README\.md$/.test(file));

test.each(documents)('%s: every link leads to something', (document) => {
  const folder = dirname(join(root, document));
  const dead = linksOf(read(document)).filter((link) => !existsSync(join(folder, link)));
  expect(dead).toEqual([]);
});

test.each(documents)('%s: every file that it names exists', (document) => {
  const scope = document.endsWith('README.md') ? dirname(document) : '.';
  const named = codeOf(read(document)).filter(isFile);
  expect(named.filter((name) => findFiles(name, scope).length === 0)).toEqual([]);
});

test.each(promises)('%s: every test that it names exists', (document) => {
  const rows = rowsOf(read(document));
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.flatMap((row) => namedTests(row)).filter((named) => !isTest(named))).toEqual([]);
});

test.each(promises)('%s: every row names a test, or says that there is none', (document) => {
  const bare = rowsOf(read(document)).filter((row) => namedTests(row).length === 0);
  expect(bare.filter((row) => !/\| (none yet|–) +\|$/.test(row))).toEqual([]);
});

test.each(serviceReadmes)('%s: its variables are those of config.ts', (document) => {
  const text = read(document);
  const config = read(join(dirname(document), 'src/config.ts'));
  const fields = files.filter((file) => file.startsWith('libs/platform/src/config/'));
  const defined = [...config.matchAll(/^ {2}([A-Z_]{5,})\b:/gm)].map(([, name = '']) => name);
  const named = [...text.matchAll(/`((?:AZURE|LINCHPIN)_[A-Z_]+)/g)].map(([, name = '']) => name);
  expect(defined.filter((name) => !named.includes(name))).toEqual([]);
  const known = [config, ...fields.map(read)].join();
  expect(named.filter((name) => !known.includes(name))).toEqual([]);
});

test('known-variables.ts has the variables of every config.ts, of the runner and of tests, and no others', () => {
  const list = read('libs/platform/src/variables/known-variables.ts');
  const [, ofProcesses = '', ofRunner = '', ofTests = ''] = list.split(
    /^const of(?:Processes|Runner|Tests) = /m,
  );
  const configs = files.filter((file) =>
    /^(services\/[\w-]+\/src\/config|libs\/platform\/src\/config\/[\w-]+-fields)\.ts$/.test(file),
  );
  const defined = configs.flatMap((file) => variablesIn(read(file), /^ {2}(LINCHPIN_\w+):/gm));
  expect(variablesIn(ofProcesses)).toEqual([...new Set(defined)].sort());
  const table = variablesIn(read('deploy/local/README.md'), /^\| `(LINCHPIN_\w+)`/gm);
  expect(variablesIn(ofRunner)).toEqual(table.filter((name) => !defined.includes(name)).sort());
  const tests = files.filter((file) => /\.(?:e2e|int)\.test\.ts$/.test(file)).map(read);
  const asked = tests.flatMap((text) => variablesIn(text, /process\.env\['(LINCHPIN_\w+)'\]/g));
  const others = asked.filter((name) => !name.startsWith('LINCHPIN_TEST_'));
  expect(variablesIn(ofTests, /^ {2}'(LINCHPIN_\w+)',$/gm)).toEqual([...new Set(others)].sort());
});

test('what is not there is found', () => {
  expect(linksOf('[a](b.md#c) [d](https://e) [f](#g)')).toEqual(['b.md']);
  expect(findFiles('gone.ts', '.')).toEqual([]);
  const [row = ''] = rowsOf(
    '| a |\n| - |\n| `x` `documents.test.ts` `%s: every` `never named so` |',
  );
  expect(namedTests(row).map(isTest)).toEqual([true, false]);
});

function variablesIn(text: string, pattern = /'(LINCHPIN_\w+)'/g): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

interface NamedTest {
  readonly file: string;
  readonly name: string;
}

function namedTests(row: string): NamedTest[] {
  const found: NamedTest[] = [];
  let file: string | undefined;
  for (const code of codeOf(row)) {
    if (/\.(test|contract)\.ts$/.test(code)) {
      file = code;
    } else if (file !== undefined) {
      found.push({ file, name: code });
    }
  }
  return found;
}

/** Whether a test or a group of tests in the file has a name that begins so: `test('…`, `])('…`. */
function isTest({ file, name }: NamedTest): boolean {
  const sources = findFiles(file, '.').map(read);
  const names = sources.flatMap((source) => [
    ...source.matchAll(/(?:(?:test|it|describe)|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g),
  ]);
  return names.some(([, , argument = '']) => argument.replaceAll('\\', '').startsWith(name));
}

function findFiles(name: string, scope: string): string[] {
  const below = scope === '.' ? files : files.filter((file) => file.startsWith(`${scope}/`));
  return below.filter((file) => `/${file}`.endsWith(`/${name}`));
}

/** Placeholders (`<resource>.controller.ts`, `*.test.ts`) name no one file. */
function isFile(code: string): boolean {
  return /^[\w.-][\w./-]*\.(ts|md|proto|sql)$/.test(code);
}

function linksOf(text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)#]*)[^)]*\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => target !== '' && !target.includes('://'));
}

function codeOf(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** The rows of all tables, heads left out. */
function rowsOf(text: string): string[] {
  const lines = text.split('\n');
  const isRule = (line = ''): boolean => line.startsWith('| -');
  return lines.filter(
    (line, index) => line.startsWith('|') && !isRule(line) && !isRule(lines[index + 1]),
  );
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

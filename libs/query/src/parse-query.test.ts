import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseQuery } from './parse-query.js';
import { QueryError } from './query-error.js';
import { queryLengthMax } from './read-query.js';

const where = (condition: string): string => `SELECT * FROM devices WHERE ${condition}`;
const parse = (text: string) => (): unknown => parseQuery(text);

describe('query-language 8: what other languages have', () => {
  test.each([
    ['SELECT * FROM devices ORDER BY deviceId', 'column 23: ORDER'],
    ['SELECT DISTINCT tags.a FROM devices', 'column 17: DISTINCT'],
    ['SELECT * FROM devices JOIN devices.modules', 'column 23: JOIN'],
    [where("deviceId LIKE 'a%'"), 'column 38: LIKE'],
    [where('tags.a BETWEEN 1 AND 2'), 'column 36: BETWEEN'],
    ['SELECT * FROM devices GROUP BY tags.a HAVING 1 = 1', 'column 39: HAVING'],
  ])('%s', (text, message) => {
    expect(parse(text)).toThrow(`Line 1, ${message} is not part of this language.`);
  });
});

describe('an error says where, and what there should be', () => {
  test.each([
    ['', 'Line 1, column 1: There should be SELECT, and there is the end of the query.'],
    ['SELECT', 'Line 1, column 7: There should be "*", a name or a name in [[ ]]'],
    ['SELECT * FROM (SELECT * FROM devices)', 'column 15: There should be a name'],
    [where('(tags.a = 1'), 'column 40: There should be ")", and there is the end of the query.'],
    [where('tags.a = 1)'), 'or the end of the query, and there is ).'],
    [where('tags.a = 1 tags.b = 2'), 'column 40: There should be an operator, AND, OR, GROUP BY'],
    [where('tags.a = '), 'There should be "(", a constant, a name or a name in [[ ]]'],
    [where('tags.a IN []'), 'column 40: There should be "-" or a constant, and there is ].'],
    [where('tags.a IN (1)'), "column 39: IN takes a list in square brackets: IN ['a', 'b']."],
    [where('tags.a NIN (1)'), "NIN takes a list in square brackets: NIN ['a', 'b']."],
    [where("tags.a IN [-'x']"), 'Only a number can stand behind "-".'],
    [where('tags.group = 1'), 'as a name it stands in double brackets: [[group]].'],
    [where('NOT NOT tags.a'), 'and there is NOT.'],
    [where('tags.a = 1;'), 'column 39: ; is not part of this language.'],
    [where('tags.a = 1 -- why'), 'column 40: There are no comments here'],
    [where('tags.a = 1 /* why */'), 'column 40: There are no comments here'],
    [where('tags.a = 1\u00a0'), 'column 39: U+00A0 is not part of this language.'],
    [where('tags.a = 😀'), 'column 38: 😀 is not part of this language.'],
    ['SELECT *\r\nFROM devices\nWHERE ?', 'Line 3, column 7: ? is not part of this language.'],
    ['SELECT TOP 3000000000 * FROM devices', '3000000000 is too large here'],
    ['SELECT COUNT(*) FROM devices', 'COUNT takes nothing between its parentheses: COUNT().'],
    ['SELECT tags.a AS from FROM devices', 'from is a word of the language and no name'],
  ])('%j', (text, message) => {
    expect(parse(text)).toThrow(message);
  });

  test('without the strings of the query, for errors are logged', () => {
    expect(parse(where("tags.name 'Jane Doe'"))).toThrow('and there is a string.');
  });

  test('in few words, however long a name is', () => {
    const long = parse(where(`${'x'.repeat(8_000)} = 1`));
    expect(long).toThrow(/^Line 1, column 29: There is no x{1,1000}…$/);
  });
});

describe('names', () => {
  test.each([
    ['colour', 'There is no colour. A document here has deviceId, moduleId'],
    ['colour', 'is named so: tags.colour, properties.reported.colour.'],
    ['deviceId.x', 'There is no x. deviceId has nothing below it.'],
    ['properties.tags', 'There is no tags. properties has desired, reported.'],
    ['properties[0]', 'There is no 0. properties has desired, reported.'],
    ['devices.modules.moduleId', 'There is no modules.'],
  ])('%s is none', (name, message) => {
    expect(parse(where(`${name} = 1`))).toThrow(message);
  });

  test.each([
    ['query-language 14: letter case of the hub is free', 'DEVICES.DEVICEID', 'deviceId', []],
    ['another name of samples', 'id', 'deviceId', []],
    ['as identities have it, and the Explorer', 'statusUpdatedTime', 'statusUpdateTime', []],
    ['below tags it is not', 'TAGS.Id.ID', 'tags', ['Id', 'ID']],
    ['query-language 15: quoted', 'tags.[[group]][[a-b]].[[ ]]', 'tags', ['group', 'a-b', ' ']],
    ['an index, and a key like it', 'tags.a[0].[[0]]', 'tags', ['a', 0, '0']],
    ['of any letters', 'tags.größe', 'tags', ['größe']],
    [
      'of the hub in the section',
      'properties.reported.$Version',
      'properties.reported.$version',
      [],
    ],
    [
      'longer than a keyword',
      'tags.android.orange.[[and]].nothing',
      'tags',
      ['android', 'orange', 'and', 'nothing'],
    ],
  ])('%s: %s', (_what, name, path, steps) => {
    const { where: condition } = parseQuery(where(name));
    expect(condition).toMatchObject({ kind: 'reference', name: { path, steps } });
  });

  test.each([
    ['tags.[[a', 'column 34: This name is not closed: it ends with ]].'],
    ['tags.[[]]', 'column 34: There is no name between [[ and ]].'],
  ])('%s', (name, message) => {
    expect(parse(where(name))).toThrow(message);
  });
});

describe('constants', () => {
  test.each([
    ["'it\\'s'", "it's"],
    ['"it\'s"', "it's"],
    ["'\\\"\\\\\\u00e9\\uD83D\\uDE00'", '"\\é😀'],
    ['0x1F', 31],
    ['1.5e-3', 0.0015],
    ['007', 7],
    ['TRUE', true],
    ['Null', null],
    ['undefined', undefined],
  ])('%s', (text, value) => {
    expect(parseQuery(where(text)).where).toMatchObject({ kind: 'literal', value });
  });

  test.each([
    ["'abc", "column 29: This string is not closed: it ends with '."],
    ["'abc\\'", "column 29: This string is not closed: it ends with '."],
    ["'a\\qb'", 'column 31: There is no \\q in strings'],
    ["'\\u12'", 'There is no \\u in strings'],
    ["'\\u0000'", 'This has the character U+0000'],
    ["'\\ud800'", 'This has half of a surrogate pair'],
    ['1e999', '1e999 is beyond the numbers of JSON'],
  ])('%s is none', (text, message) => {
    expect(parse(where(text))).toThrow(message);
  });
});

describe('functions and aggregates', () => {
  test.each([
    [where("STARTS_WITH(deviceId,'a')"), "Write STARTSWITH(deviceId, 'a')."],
    [where('CONTAINS(tags.a, 1)'), "Write ARRAY_CONTAINS(tags.x, 'a')."],
    [where('LENGTH(tags.a) = 1'), 'There are IS_DEFINED, STARTSWITH, ENDSWITH, ARRAY_CONTAINS.'],
    [where('__proto__(tags.a)'), 'There is no function __proto__'],
    [where('STARTSWITH(deviceId)'), "STARTSWITH takes 2 operands: STARTSWITH(deviceId, 'a')."],
    [where('STARTSWITH(deviceId, 1)'), 'column 50: STARTSWITH takes strings'],
    [where('IS_DEFINED(1)'), 'column 40: IS_DEFINED takes a name'],
    ['SELECT MEDIAN(tags.a) FROM devices', 'There is no aggregate MEDIAN'],
    ['SELECT COUNT(tags.a) FROM devices', 'COUNT takes nothing'],
    ['SELECT AVG() FROM devices', 'AVG takes what to look at'],
    ['SELECT * FROM devices GROUP BY tags.a', 'With GROUP BY, name what to select'],
    ['SELECT tags.a, COUNT() FROM devices', 'add GROUP BY tags.a'],
    ['SELECT tags.a, tags.b.a FROM devices', 'called a; rename one by AS'],
  ])('%s', (text, message) => {
    expect(parse(text)).toThrow(message);
  });

  test('query-language 7: STARTSWITH has no underscore, in any letter case', () => {
    expect(parseQuery(where("startsWith(deviceId, 'a')")).where).toMatchObject({
      function: 'STARTSWITH',
    });
  });
});

test('query-language 18: of devices.jobs there are whole rows only', () => {
  expect(parseQuery("SELECT * FROM devices.jobs WHERE jobId = 'j'").source).toBe('devices.jobs');
  expect(parse('SELECT jobId FROM devices.jobs')).toThrow('whole rows only');
  expect(parse('SELECT * FROM devices.jobs GROUP BY jobId')).toThrow('whole rows only');
  expect(parse('SELECT * FROM devices.jobs WHERE tags.a = 1')).toThrow('There is no tags.');
});

describe('bounds', () => {
  test('query-language 9: 8,193 characters are too many', () => {
    const text = 'SELECT * FROM devices';
    expect(parseQuery(text.padEnd(queryLengthMax)).source).toBe('devices');
    expect(parse(text.padEnd(queryLengthMax + 1))).toThrow(
      'This query has 8193 characters; at most 8192 are allowed.',
    );
  });

  test.each([
    ['parentheses', where(`${'('.repeat(64)}1${')'.repeat(64)}`), where('('.repeat(65))],
    ['operations', where(`1${'+1'.repeat(32)}`), where(`1${'+1'.repeat(16)}${'*-1'.repeat(9)}`)],
    [
      'items',
      `SELECT ${Array.from({ length: 64 }, (_, at) => `tags.a${at}`).join()} FROM devices`,
      `SELECT ${Array.from({ length: 65 }, (_, at) => `tags.a${at}`).join()} FROM devices`,
    ],
  ])('of %s', (_what, most, tooMany) => {
    parseQuery(most);
    expect(parse(tooMany)).toThrow('t most');
  });

  const fill = (part: string): string =>
    where('').padEnd(queryLengthMax - part.length, part) + part;

  test.each(
    [
      '(',
      'NOT ',
      '-',
      "'",
      "\\'",
      '[[',
      '[',
      '"\\',
      'a.',
      'tags.a=1 OR ',
      '1+',
      '1,',
      '\n',
      'é(',
      '((a)=(',
    ].map((part) => [part]),
  )('%j again and again is soon refused', (part) => {
    const begun = performance.now();
    expect(parse(fill(part))).toThrow(QueryError);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });

  test('whatever the text, there is a query or an error that has a place', () => {
    const words = [
      'SELECT',
      '*',
      'FROM',
      'devices',
      'WHERE',
      'tags',
      '.',
      '[[a]]',
      '[',
      ']',
      '(',
      ')',
      "'a'",
      '1',
      ',',
      '=',
      'IN',
      'NOT',
      'AND',
      'COUNT',
      'GROUP BY',
      'AS',
      'x',
      "'",
      '\\',
      '0x',
      '\u{1f600}',
    ];
    const text = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((all) => all.join(' '));
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (query) => {
        try {
          parseQuery(query);
        } catch (error) {
          expect(error).toBeInstanceOf(QueryError);
          expect((error as QueryError).message).toMatch(/^Line \d+, column \d+: \S/);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Queries of every form, as text: whole grammar, names and values that the generated twins have. */
import fc, { type Arbitrary, type LetrecTypedTie } from 'fast-check';
import { keys, numbers, texts, times } from './generated-twins.js';

const attributes = [
  'deviceId',
  'ModuleId',
  'status',
  'statusReason',
  'connectionState',
  'cloudToDeviceMessageCount',
  'x509Thumbprint.primaryThumbprint',
  'x509Thumbprint',
  'modelId',
  'version',
  'capabilities.iotEdge',
  'deviceScope',
  'parentScopes',
  'parentScopes[0]',
  'configurations',
  'tags',
  'properties.desired',
  'properties.desired.$version',
  'properties.reported.$version',
  'properties.desired.$metadata.$lastUpdated',
  'properties.desired.$metadata.a.$lastUpdatedVersion',
  'etag',
  'deviceEtag',
  'authenticationType',
];
const instants = ['lastActivityTime', 'statusUpdateTime'];

const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...keys).map((key) => `.[[${key}]]`) },
  { weight: 1, arbitrary: fc.constantFrom('[0]', '[1]') },
);
const below = fc
  .tuple(
    fc.constantFrom('tags', 'properties.reported', 'properties.desired'),
    fc.constantFrom(...keys),
    fc.array(step, { maxLength: 2 }),
  )
  .map(([section, key, steps]) => `${section}.[[${key}]]${steps.join('')}`);
export const name = fc.oneof(
  { weight: 6, arbitrary: below },
  { weight: 2, arbitrary: fc.constantFrom(...attributes) },
  { weight: 1, arbitrary: fc.constantFrom(...instants) },
);

const text = fc
  .oneof(
    { weight: 6, arbitrary: fc.constantFrom(...texts) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...times, '2026-01-01', '2026-03-01T14:00:00.123+02:00'),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('enabled', 'Connected', 'dtmi:a;1', 'AB', 'a-1', 'm1'),
    },
  )
  .map((value) => `'${value.replace(/['\\]/g, '\\$&')}'`);
const number = fc.constantFrom(...numbers).map(String);
const constant = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 5, arbitrary: number },
  { weight: 2, arbitrary: fc.constantFrom('true', 'FALSE') },
  { weight: 1, arbitrary: fc.constantFrom('null', 'undefined') },
);
const list = fc.array(constant, { minLength: 1, maxLength: 4 }).map((all) => `[${all.join(', ')}]`);
const sign = fc.constantFrom('=', '!=', '<>', '<', '>', '<=', '>=');

interface Parts {
  readonly condition: string;
  readonly operand: string;
  readonly calculation: string;
}

const { condition } = fc.letrec<Parts>((tie: LetrecTypedTie<Parts>) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    { weight: 8, arbitrary: joined(tie('operand'), sign, tie('operand')) },
    { weight: 3, arbitrary: joined(tie('operand'), fc.constantFrom('IN', 'nin'), list) },
    { weight: 2, arbitrary: call(name, constant) },
    { weight: 1, arbitrary: name },
    { weight: 3, arbitrary: tie('condition').map((inner) => `NOT (${inner})`) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(
          fc.constantFrom(' AND ', ' or '),
          fc.array(tie('condition'), { minLength: 2, maxLength: 3 }),
        )
        .map(([word, all]) => all.map((each) => `(${each})`).join(word)),
    },
  ),
  operand: fc.oneof(
    { maxDepth: 4 },
    { weight: 8, arbitrary: name },
    { weight: 5, arbitrary: constant },
    { weight: 3, arbitrary: tie('calculation') },
    { weight: 1, arbitrary: tie('condition').map((inner) => `(${inner})`) },
  ),
  calculation: fc.oneof(
    { maxDepth: 4 },
    joined(
      tie('operand').map(parenthesised),
      fc.constantFrom('+', '-', '*', '/', '%'),
      tie('operand').map(parenthesised),
    ),
    tie('operand').map((operand) => `-(${operand})`),
  ),
}));

function parenthesised(operand: string): string {
  return `(${operand})`;
}

function joined(...parts: Arbitrary<string>[]): Arbitrary<string> {
  return fc.tuple(...parts).map((all) => all.join(' '));
}

function call(subject: Arbitrary<string>, part: Arbitrary<string>): Arbitrary<string> {
  return fc.oneof(
    subject.map((operand) => `IS_DEFINED(${operand})`),
    fc
      .tuple(subject, fc.oneof(part, subject))
      .map(([array, element]) => `ARRAY_CONTAINS(${array}, ${element})`),
    fc
      .tuple(
        fc.constantFrom('STARTSWITH', 'endswith'),
        fc.oneof(below, fc.constantFrom(...instants, 'deviceId')),
        fc.oneof(text, below),
      )
      .map(([word, subjectText, partText]) => `${word}(${subjectText}, ${partText})`),
  );
}

const source = fc.constantFrom('devices', 'devices.modules');
const where = fc
  .option(condition, { freq: 8, nil: undefined })
  .map((text) => (text === undefined ? '' : ` WHERE ${text}`));
const top = fc
  .option(fc.nat(5), { freq: 8, nil: undefined })
  .map((count) => (count === undefined ? '' : `TOP ${count} `));

const whole = fc
  .tuple(top, source, where)
  .map(([first, from, text]) => `SELECT ${first}* FROM ${from}${text}`);
const projection = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), source, where)
  .map(([names, from, text]) => `SELECT ${labelled(names).join(', ')} FROM ${from}${text}`);
const groups = fc
  .tuple(
    fc.uniqueArray(name, { maxLength: 2 }),
    fc.array(fc.tuple(fc.constantFrom('AVG', 'sum', 'MIN', 'max'), name), { maxLength: 3 }),
    source,
    where,
  )
  .map(([by, aggregates, from, text]) => {
    const items = [...labelled(by), 'COUNT()', ...aggregates.map(([word, of]) => `${word}(${of})`)];
    const groupBy = by.length === 0 ? '' : ` GROUP BY ${by.join(', ')}`;
    return `SELECT ${items.join(', ')} FROM ${from}${text}${groupBy}`;
  });

function labelled(names: readonly string[]): string[] {
  return names.map((each, index) => `${each} AS i${index}`);
}

export const queryText = fc.oneof(
  { weight: 6, arbitrary: whole },
  { weight: 1, arbitrary: projection },
  { weight: 3, arbitrary: groups },
);

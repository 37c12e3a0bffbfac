/** A whole query over documents in memory (query-language.md sections A4 and A6). */
import type { Attribute } from './attributes.js';
import { decimalSum } from './decimal-sum.js';
import { readAttribute, toPredicate } from './evaluate.js';
import type { Primitive } from './expression.js';
import type { JsonObject, JsonValue, Value } from './json.js';
import type { Aggregation, GroupItem, ProjectedItem, Query, Selection } from './query.js';
import { compareText, toCalculable, toPrimitive } from './values.js';

/** @param documents those of the query's source, in the order in which they are to come */
export function answerQuery(query: Query, documents: readonly JsonObject[]): readonly JsonObject[] {
  const rows = select(query.selection, documents.filter(toPredicate(query.where)));
  return query.top === undefined ? rows : rows.slice(0, query.top);
}

function select(selection: Selection, found: readonly JsonObject[]): readonly JsonObject[] {
  switch (selection.kind) {
    case 'all':
      return found;
    case 'projection':
      return found.map((document) => project(selection.items, document));
    case 'groups':
      return group(selection, found);
  }
}

/** What the document lacks, its row lacks. */
export function project(items: readonly ProjectedItem[], document: JsonObject): JsonObject {
  return toRow(items.map(({ label, attribute }) => [label, readAttribute(document, attribute)]));
}

/** A label may be any name, `__proto__` too. */
export function toRow(members: readonly (readonly [string, Value])[]): JsonObject {
  return Object.fromEntries(
    members.filter((member): member is [string, JsonValue] => member[1] !== undefined),
  );
}

/** By what compares: objects and arrays are in one group with what is missing. */
function group(
  { keys, items }: Extract<Selection, { kind: 'groups' }>,
  found: readonly JsonObject[],
): readonly JsonObject[] {
  const groups = new Map<string, Group>();
  if (keys.length === 0) {
    groups.set('[]', { key: [], members: [] });
  }
  for (const document of found) {
    const key = keys.map((attribute) => toPrimitive(readAttribute(document, attribute)));
    const name = JSON.stringify(key.map((value) => (value === undefined ? [] : value)));
    const members = groups.get(name)?.members ?? [];
    members.push(document);
    groups.set(name, { key, members });
  }
  return [...groups.values()].map((each) =>
    toRow(items.map((item) => [item.label, itemOf(item, each)])),
  );
}

interface Group {
  readonly key: readonly (Primitive | undefined)[];
  readonly members: JsonObject[];
}

function itemOf(item: GroupItem, { key, members }: Group): Value {
  switch (item.kind) {
    case 'key':
      return key[item.key];
    case 'count':
      return members.length;
    default:
      return aggregate(item.kind, item.attribute, members);
  }
}

function aggregate(
  aggregation: Aggregation,
  attribute: Attribute,
  members: readonly JsonObject[],
): Value {
  const values = members.map((document) => readAttribute(document, attribute));
  if (aggregation === 'min' || aggregation === 'max') {
    return extreme(values, aggregation);
  }
  const numbers = values.map(toCalculable).filter((value) => value !== undefined);
  if (numbers.length === 0) {
    return undefined;
  }
  const sum = decimalSum(numbers);
  return aggregation === 'sum' ? sum : sum / numbers.length;
}

/** Every number is less than every string. */
function extreme(values: readonly Value[], aggregation: 'min' | 'max'): Value {
  const numbers = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  const texts = values.filter((value) => typeof value === 'string').sort(compareText);
  const sorted = [...numbers, ...texts];
  return aggregation === 'min' ? sorted[0] : sorted.at(-1);
}

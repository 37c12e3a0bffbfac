/** Groups and aggregates as SQL, each value as the text of its JSON; SQL null where a row has nothing. */
import { toRow } from '../answer-query.js';
import type { JsonObject, JsonValue } from '../json.js';
import type { GroupItem, Selection } from '../query.js';
import type { AttributeColumn, AttributeColumns } from './attribute-columns.js';
import { calculableIn, numberIn, primitiveIn, SqlOperands, textIn } from './sql-operands.js';
import type { SqlParameters } from './sql-parameters.js';

type Groups = Extract<Selection, { kind: 'groups' }>;

export interface SqlGroups {
  /** An expression for each item; of type text. */
  readonly items: readonly string[];
  /** What to group and, since rows must come in some order, to sort by; empty for one group of all. */
  readonly keys: readonly string[];
}

export function toSqlGroups(
  { keys, items }: Groups,
  columns: AttributeColumns,
  parameters: SqlParameters,
): SqlGroups {
  const operands = new SqlOperands({ columns, parameters, truth: () => 'null::boolean' });
  const sqlKeys = keys.map((key) => {
    const column = operands.find(key);
    return column === undefined ? 'null::jsonb' : primitiveIn(column);
  });
  return {
    keys: sqlKeys,
    items: items.map((item) => `(${itemOf(item, sqlKeys, operands)})::text`),
  };
}

/** @param values of a row of `SqlGroups.items` */
export function readGroup({ items }: Groups, values: readonly (string | null)[]): JsonObject {
  return toRow(
    items.map(({ label }, index) => {
      const text = values[index] ?? null;
      return [label, text === null ? undefined : (JSON.parse(text) as JsonValue)];
    }),
  );
}

function itemOf(item: GroupItem, keys: readonly string[], operands: SqlOperands): string {
  switch (item.kind) {
    case 'key':
      return keys[item.key] ?? 'null';
    case 'count':
      return 'count(*)';
    default:
      return aggregate(item.kind, operands.find(item.attribute));
  }
}

function aggregate(
  aggregation: 'avg' | 'sum' | 'min' | 'max',
  column: AttributeColumn | undefined,
): string {
  const sum = `sum(${calculableIn(column)})::float8`;
  const number = `to_jsonb(${aggregation}(${numberIn(column, 'float8')}))`;
  const text = `to_jsonb(${aggregation}((${textIn(column)}) collate "C"))`;
  switch (aggregation) {
    case 'sum':
      return `to_jsonb(${sum})`;
    case 'avg':
      return `to_jsonb(${sum} / nullif(count(${calculableIn(column)}), 0))`;
    case 'min':
      return `coalesce(${number}, ${text})`;
    case 'max':
      return `coalesce(${text}, ${number})`;
  }
}

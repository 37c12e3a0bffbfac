import type { Condition, Query } from './query.js';

/** The attributes that decide what is found, and what groups are made of; not those that a row shows. */
export function attributePaths({ where, selection }: Query): ReadonlySet<string> {
  const named = where === undefined ? [] : pathsIn(where);
  if (selection.kind !== 'groups') {
    return new Set(named);
  }
  const aggregated = selection.items.flatMap((item) => ('attribute' in item ? item.attribute : []));
  return new Set([...named, ...[...selection.keys, ...aggregated].map(({ path }) => path)]);
}

function pathsIn(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'literal':
      return [];
    case 'reference':
      return [condition.name.path];
    case 'and':
    case 'or':
    case 'call':
      return condition.operands.flatMap(pathsIn);
    case 'comparison':
      return [condition.left, condition.right].flatMap(pathsIn);
    case 'arithmetic':
      return [condition.first, ...condition.rest.map(({ operand }) => operand)].flatMap(pathsIn);
    case 'not':
    case 'negation':
    case 'membership':
      return pathsIn(condition.operand);
  }
}

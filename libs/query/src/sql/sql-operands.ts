/**
 * Expressions as SQL of one type. What is of another type, or missing, is null there: the database's own three-valued
 * logic is that of the language (query-language.md section A10).
 *
 * Casts stand inside of CASE, since the planner may carry them out before a condition beside them. Only what a row holds
 * is written twice: all else would double the statement with every parenthesis.
 */
import type { Attribute } from '../attributes.js';
import type { Expression, Primitive } from '../expression.js';
import { formatInstant, parseInstant } from '../instant.js';
import { typeOf } from '../operand-type.js';
import type { Condition } from '../query.js';
import { calculable, toCalculable } from '../values.js';
import type { AttributeColumn, AttributeColumns } from './attribute-columns.js';
import type { SqlParameters } from './sql-parameters.js';

interface SqlOperandsParts {
  readonly columns: AttributeColumns;
  readonly parameters: SqlParameters;
  /** Of what is true or false. */
  readonly truth: (condition: Condition) => string;
}

export class SqlOperands {
  constructor(private readonly parts: SqlOperandsParts) {}

  /** text */
  text(expression: Condition): string {
    if (expression.kind === 'literal') {
      return typeof expression.value === 'string' ? this.bind(expression.value) : 'null::text';
    }
    return textIn(this.#columnOf(expression));
  }

  /** float8 */
  number(expression: Condition): string {
    switch (expression.kind) {
      case 'literal':
        return typeof expression.value === 'number'
          ? this.parts.parameters.bind(expression.value, 'float8')
          : 'null::float8';
      case 'arithmetic':
      case 'negation':
        return this.#calculation(expression);
      default:
        return numberIn(this.#columnOf(expression), 'float8');
    }
  }

  /** boolean */
  boolean(expression: Condition): string {
    if (typeOf(expression) === 'boolean' && expression.kind !== 'reference') {
      return this.parts.truth(expression);
    }
    const column = this.#columnOf(expression);
    switch (column?.kind) {
      case 'boolean':
        return column.sql;
      case 'json':
        return `case jsonb_typeof(${column.sql}) when 'boolean' then (${column.sql})::boolean end`;
      default:
        return 'null::boolean';
    }
  }

  /** jsonb of what compares: no object and no array. */
  primitive(expression: Condition): string {
    if (expression.kind === 'literal') {
      return expression.value === undefined ? 'null::jsonb' : this.json(expression.value);
    }
    const column = this.#columnOf(expression);
    if (column !== undefined) {
      return primitiveIn(column);
    }
    switch (typeOf(expression)) {
      case 'number':
        return `to_jsonb(${this.number(expression)})`;
      case 'boolean':
        return `to_jsonb(${this.boolean(expression)})`;
      default:
        return 'null::jsonb';
    }
  }

  /** timestamptz, of an attribute that is one or a literal that can be read as one. */
  instant(expression: Condition): string {
    const column = this.#columnOf(expression);
    if (column?.kind === 'instant') {
      return column.sql;
    }
    const text = expression.kind === 'literal' ? expression.value : undefined;
    const instant = typeof text === 'string' ? parseInstant(text) : undefined;
    return instant === undefined
      ? 'null::timestamptz'
      : this.parts.parameters.bind(formatInstant(instant), 'timestamptz');
  }

  /** Where an attribute lies in a row, steps into JSON included; undefined where no row has it. */
  find({ path, steps }: Attribute): AttributeColumn | undefined {
    const { columns } = this.parts;
    const column = Object.hasOwn(columns, path) ? columns[path] : undefined;
    if (column === undefined || steps.length === 0) {
      return column;
    }
    return { kind: 'json', sql: `(${this.#below(column.sql, steps)})` };
  }

  bind(text: string): string {
    return this.parts.parameters.bind(text, 'text');
  }

  bindAll(texts: readonly string[], type: 'text[]' | 'jsonb[]'): string {
    return this.parts.parameters.bind(texts, type);
  }

  json(value: Primitive): string {
    return this.bindJson(JSON.stringify(value));
  }

  bindJson(text: string): string {
    return this.parts.parameters.bind(text, 'jsonb');
  }

  /** Not `-> 0`: of a value that is no array the database takes it as the first element of one. */
  #below(sql: string, steps: Attribute['steps']): string {
    const { parameters } = this.parts;
    if (steps.every((step) => typeof step === 'string')) {
      return [sql, ...steps.map((step) => parameters.bind(step, 'text'))].join(' -> ');
    }
    const way = steps.map((step) =>
      typeof step === 'string' ? `.${JSON.stringify(step)}` : `[${step}]`,
    );
    const path = parameters.bind(`strict $${way.join('')}`, 'jsonpath');
    return `jsonb_path_query_first(${sql}, ${path}, '{}', true)`;
  }

  #columnOf(expression: Condition): AttributeColumn | undefined {
    return expression.kind === 'reference' ? this.find(expression.name) : undefined;
  }

  #calculation(expression: Extract<Condition, { kind: 'arithmetic' | 'negation' }>): string {
    if (expression.kind === 'negation') {
      return `(0::float8 - ${this.#calculable(expression.operand)})`;
    }
    const { first, rest } = expression;
    return rest.reduce((left, { operator, operand }, index) => {
      const operands = {
        left: index === 0 ? left : bounded(left),
        right: this.#calculable(operand),
      };
      return step(operator, operands);
    }, this.#calculable(first));
  }

  #calculable(expression: Condition): string {
    const isUsable = expression.kind !== 'literal' || toCalculable(expression.value) !== undefined;
    const number = isUsable ? this.number(expression) : 'null::float8';
    return expression.kind === 'literal' ? number : bounded(number);
  }
}

function step(
  operator: Extract<Expression<Attribute>, { kind: 'arithmetic' }>['rest'][number]['operator'],
  { left, right }: { readonly left: string; readonly right: string },
): string {
  switch (operator) {
    case '/':
      return `(${left} / nullif(${right}, 0))`;
    case '%':
      return (
        '(select dividend - divisor * trunc(dividend / divisor) from ' +
        `(select ${left} as dividend, nullif(${right}, 0) as divisor offset 0) as division)`
      );
    default:
      return `(${left} ${operator} ${right})`;
  }
}

/** `offset 0` keeps the planner from putting the operand wherever its name stands. */
function bounded(number: string): string {
  return (
    `(select operand from (select ${number} as operand offset 0) as operands ` +
    `where ${isCalculable('operand')})`
  );
}

function isCalculable(sql: string): string {
  return `(${sql} = 0 or abs(${sql}) between '${calculable.min}' and '${calculable.max}')`;
}

export function primitiveIn(column: AttributeColumn): string {
  switch (column.kind) {
    case 'json':
      return `case when jsonb_typeof(${column.sql}) not in ('object', 'array') then ${column.sql} end`;
    case 'instant':
      return `to_jsonb(${column.text})`;
    default:
      return `to_jsonb(${column.sql})`;
  }
}

export function numberIn(column: AttributeColumn | undefined, type: 'float8' | 'numeric'): string {
  switch (column?.kind) {
    case 'number':
      return `(${column.sql})::${type}`;
    case 'json':
      return `case jsonb_typeof(${column.sql}) when 'number' then (${column.sql} #>> '{}')::${type} end`;
    default:
      return `null::${type}`;
  }
}

export function textIn(column: AttributeColumn | undefined): string {
  switch (column?.kind) {
    case 'string':
      return column.sql;
    case 'instant':
      return column.text;
    case 'json':
      return `case jsonb_typeof(${column.sql}) when 'string' then ${column.sql} #>> '{}' end`;
    default:
      return 'null::text';
  }
}

/** For exact sums. */
export function calculableIn(column: AttributeColumn | undefined): string {
  const number = numberIn(column, 'numeric');
  return `case when ${isCalculable(`(${number})`)} then ${number} end`;
}

/** Conditions as SQL: true, false, or null for what is neither, as `evaluate.ts` has it. */
import type { Attribute } from '../attributes.js';
import type {
  Comparison,
  ComparisonOperator,
  Literal,
  LiteralValue,
  Membership,
} from '../expression.js';
import { areInstants, typeOf, type OperandType } from '../operand-type.js';
import type { Condition } from '../query.js';
import type { AttributeColumns } from './attribute-columns.js';
import { SqlOperands } from './sql-operands.js';
import type { SqlParameters } from './sql-parameters.js';

/** So many values of an IN are looked for in an index one by one; of more each row is asked. */
const indexedValuesMax = 32;

/** @returns a boolean expression; rows for which it is true are found */
export function toSqlCondition(
  condition: Condition,
  columns: AttributeColumns,
  parameters: SqlParameters,
): string {
  return new SqlConditions(columns, parameters).found(condition);
}

class SqlConditions {
  readonly #operands: SqlOperands;

  constructor(
    private readonly columns: AttributeColumns,
    parameters: SqlParameters,
  ) {
    const truth = (condition: Condition): string => this.#truth(condition);
    this.#operands = new SqlOperands({ columns, parameters, truth });
  }

  /**
   * Where only "true" counts, so that what is neither may be false: there an index on a whole JSON column can serve, by
   * containment.
   */
  found(condition: Condition): string {
    switch (condition.kind) {
      case 'and':
      case 'or':
        return `(${condition.operands.map((each) => this.found(each)).join(` ${condition.kind} `)})`;
      case 'comparison':
        return this.#containment(condition) ?? this.#truth(condition);
      case 'membership':
        return this.#containments(condition) ?? this.#truth(condition);
      case 'call':
        return this.#arrayContainment(condition) ?? this.#truth(condition);
      default:
        return this.#truth(condition);
    }
  }

  #truth(condition: Condition): string {
    switch (condition.kind) {
      case 'literal':
        return typeof condition.value === 'boolean' ? String(condition.value) : 'null::boolean';
      case 'reference':
        return `(${this.#operands.boolean(condition)})`;
      case 'not':
        return `(not ${this.#truth(condition.operand)})`;
      case 'and':
      case 'or':
        return `(${condition.operands.map((each) => this.#truth(each)).join(` ${condition.kind} `)})`;
      case 'comparison':
        return `(${this.#comparison(condition)})`;
      case 'membership':
        return this.#membership(condition);
      case 'call':
        return `(${this.#call(condition)})`;
      default:
        return 'null::boolean';
    }
  }

  #comparison({ operator, left, right }: Pick<Comparison<Attribute>, Sides>): string {
    if (areInstants(left, right)) {
      return `${this.#operands.instant(left)} ${operator} ${this.#operands.instant(right)}`;
    }
    const type = commonType(typeOf(left), typeOf(right));
    if (type !== undefined) {
      return this.#typed(type, operator, { left, right });
    }
    if (operator === '=' || operator === '!=') {
      return `${this.#operands.primitive(left)} ${operator} ${this.#operands.primitive(right)}`;
    }
    return this.#untypedOrder(operator, left, right);
  }

  /** Both sides as what at least one of them is. */
  #typed(
    type: ScalarType,
    operator: ComparisonOperator,
    { left, right }: { readonly left: Condition; readonly right: Condition },
  ): string {
    const isOrder = operator !== '=' && operator !== '!=';
    if (!isOrder && (isDynamic(left) || isDynamic(right))) {
      return `${this.#operands.primitive(left)} ${operator} ${this.#operands.primitive(right)}`;
    }
    const collation = type === 'text' && isOrder ? ' collate "C"' : '';
    const [first, second] = [left, right].map(
      (side) => `(${this.#operands[type](side)})${collation}`,
    );
    return `${first ?? ''} ${operator} ${second ?? ''}`;
  }

  /** Of two that may be anything: as what both are. */
  #untypedOrder(operator: ComparisonOperator, left: Condition, right: Condition): string {
    if (!isDynamic(left) || !isDynamic(right)) {
      return 'null::boolean';
    }
    const types = ['text', 'number', 'boolean'] as const;
    const orders = types.map((type) => this.#typed(type, operator, { left, right }));
    return `coalesce(${orders.join(', ')})`;
  }

  #membership({ operand, values, isNegated }: Membership<Attribute>): string {
    const isMember = this.#isMember(operand, values);
    return isNegated ? `(not ${isMember})` : isMember;
  }

  #isMember(operand: Condition, values: readonly LiteralValue[]): string {
    if (typeOf(operand) === 'instant') {
      const equalities = values.map((value) => `(${this.#comparison(equality(operand, value))})`);
      return `(${equalities.join(' or ')})`;
    }
    const texts = values.filter((value) => typeof value === 'string');
    if (typeOf(operand) === 'string' && texts.length === values.length) {
      return `(${this.#operands.text(operand)} = any(${this.#operands.bindAll(texts, 'text[]')}))`;
    }
    const known = values.filter((value) => value !== undefined);
    const list = known.map((value) => JSON.stringify(value));
    const unknown = known.length < values.length ? ' or null::boolean' : '';
    return `(${this.#operands.primitive(operand)} = any(${this.#operands.bindAll(list, 'jsonb[]')})${unknown})`;
  }

  #call({ function: name, operands }: Extract<Condition, { kind: 'call' }>): string {
    const [first = nothing, second = nothing] = operands;
    switch (name) {
      case 'IS_DEFINED':
        return this.#isDefined(first);
      case 'STARTSWITH':
        return `(${this.#operands.text(first)}) ^@ (${this.#operands.text(second)})`;
      case 'ENDSWITH': {
        const end = `(${this.#operands.text(second)})`;
        return `right(${this.#operands.text(first)}, length(${end})) = ${end}`;
      }
      case 'ARRAY_CONTAINS': {
        const array = first.kind === 'reference' ? this.#operands.find(first.name) : undefined;
        return array?.kind === 'json'
          ? `case jsonb_typeof(${array.sql}) when 'array' then ${array.sql} @> (${this.#operands.primitive(second)}) end`
          : 'null::boolean';
      }
      default:
        throw new Error(`no function ${name}`);
    }
  }

  /** An object has members of the hub's own, and is there when they are. */
  #isDefined(operand: Condition): string {
    if (operand.kind !== 'reference') {
      return 'false';
    }
    if (operand.name.kind === 'object') {
      const below = `${operand.name.path}.`;
      return String(Object.keys(this.columns).some((path) => path.startsWith(below)));
    }
    const column = this.#operands.find(operand.name);
    return column === undefined ? 'false' : `${column.sql} is not null`;
  }

  #containment(condition: Comparison<Attribute>): string | undefined {
    if (condition.operator !== '=') {
      return undefined;
    }
    const { left, right } = condition;
    const [reference, literal] = left.kind === 'literal' ? [right, left] : [left, right];
    return literal.kind === 'literal' ? this.#contains(reference, [literal.value]) : undefined;
  }

  #containments({ isNegated, operand, values }: Membership<Attribute>): string | undefined {
    return isNegated || values.length > indexedValuesMax
      ? undefined
      : this.#contains(operand, values);
  }

  #arrayContainment(call: Extract<Condition, { kind: 'call' }>): string | undefined {
    const [array = nothing, element] = call.operands;
    return call.function === 'ARRAY_CONTAINS' && element?.kind === 'literal'
      ? this.#contains(array, [element.value], (text) => `[${text}]`)
      : undefined;
  }

  /**
   * At a place that names alone lead to, containment is exact: an array there does not contain a value of its own
   * accord, as it does at the top.
   */
  #contains(
    operand: Condition,
    values: readonly LiteralValue[],
    wrap: (text: string) => string = (text) => text,
  ): string | undefined {
    if (operand.kind !== 'reference' || values.includes(undefined)) {
      return undefined;
    }
    const { path, steps } = operand.name;
    const column = this.#operands.find({ path, kind: 'json', steps: [] });
    const isByName = steps.length > 0 && steps.every((step) => typeof step === 'string');
    if (column?.kind !== 'json' || !isByName) {
      return undefined;
    }
    const contains = values.map((value) => {
      const text = steps.reduceRight(
        (inner: string, name) => `{${JSON.stringify(name)}:${inner}}`,
        wrap(JSON.stringify(value)),
      );
      return `${column.sql} @> ${this.#operands.bindJson(text)}`;
    });
    return `(${contains.join(' or ')})`;
  }
}

type Sides = 'operator' | 'left' | 'right';

type ScalarType = 'text' | 'number' | 'boolean';

const nothing: Literal = { kind: 'literal', value: undefined, offset: 0 };

function equality(left: Condition, value: LiteralValue): Pick<Comparison<Attribute>, Sides> {
  return { operator: '=', left, right: { kind: 'literal', value, offset: left.offset } };
}

function isDynamic(operand: Condition): boolean {
  return typeOf(operand) === 'json';
}

/** Undefined when the two have none, or both may be anything. */
function commonType(left: OperandType, right: OperandType): ScalarType | undefined {
  const [first, second] = [scalarType(left), scalarType(right)];
  if (left === 'json' || right === 'json') {
    return left === 'json' ? second : first;
  }
  return first === second ? first : undefined;
}

function scalarType(type: OperandType): ScalarType | undefined {
  switch (type) {
    case 'string':
    case 'instant':
      return 'text';
    case 'number':
    case 'boolean':
      return type;
    default:
      return undefined;
  }
}

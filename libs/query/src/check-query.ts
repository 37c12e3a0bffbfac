/** From what is written to what is asked: names, functions, aggregates (query-language.md sections A2 to A7). */
import { labelOf, type Attribute, type Source } from './attributes.js';
import type { Fault } from './constants.js';
import type { Call, Expression } from './expression.js';
import { checkCall } from './functions.js';
import type { Aggregation, Condition, GroupItem, Query, Selection } from './query.js';
import { resolveName } from './resolve-name.js';
import type { WrittenAggregate, WrittenItem, WrittenName, WrittenQuery } from './written-query.js';

/** Each costs the database a step of its own for each document. */
const operationsMax = 32;

/** More than a person writes; what each costs is paid for every document. */
const itemsMax = 64;

/** @throws QueryError */
export function checkQuery(written: WrittenQuery, fault: Fault): Query {
  return new QueryCheck(written, fault).check();
}

class QueryCheck {
  readonly #source: Source;
  #operations = 0;

  constructor(
    private readonly written: WrittenQuery,
    private readonly fault: Fault,
  ) {
    this.#source = readSource(written.source, fault);
  }

  check(): Query {
    const { top, where } = this.written;
    return {
      source: this.#source,
      top,
      where: where && this.#condition(where),
      selection: this.#selection(),
    };
  }

  #condition(written: Expression<WrittenName>): Condition {
    switch (written.kind) {
      case 'literal':
        return written;
      case 'reference':
        return { ...written, name: this.#resolve(written.name) };
      case 'not':
        return { ...written, operand: this.#condition(written.operand) };
      case 'and':
      case 'or':
        return { ...written, operands: written.operands.map((each) => this.#condition(each)) };
      case 'comparison': {
        const left = this.#condition(written.left);
        return { ...written, left, right: this.#condition(written.right) };
      }
      case 'membership':
        return { ...written, operand: this.#condition(written.operand) };
      case 'arithmetic': {
        this.#count(written.rest.length, written.offset);
        const rest = written.rest.map((step) => ({
          ...step,
          operand: this.#condition(step.operand),
        }));
        return { ...written, first: this.#condition(written.first), rest };
      }
      case 'negation':
        this.#count(1, written.offset);
        return { ...written, operand: this.#condition(written.operand) };
      case 'call':
        return this.#call(written);
    }
  }

  #call(written: Call<WrittenName>): Condition {
    const call = { ...written, operands: written.operands.map((each) => this.#condition(each)) };
    return { ...call, function: checkCall(call, this.fault) };
  }

  #count(operations: number, offset: number): void {
    this.#operations += operations;
    if (this.#operations > operationsMax) {
      throw this.fault(offset, `A query calculates at most ${operationsMax} times.`);
    }
  }

  #resolve(name: WrittenName): Attribute {
    return resolveName(name, this.#source, this.fault);
  }

  #selection(): Selection {
    const { items, groupBy } = this.written;
    const [first] = items ?? [];
    const offset = first?.offset ?? this.written.source.offset;
    if (this.#source === 'devices.jobs' && (items !== undefined || groupBy.length > 0)) {
      throw this.fault(offset, 'Of devices.jobs there are whole rows only: SELECT *.');
    }
    const many = items?.[itemsMax] ?? groupBy[itemsMax];
    if (many !== undefined) {
      throw this.fault(many.offset, `At most ${itemsMax} may be named here.`);
    }
    if (items === undefined) {
      return this.#whole(groupBy);
    }
    checkLabels(
      items.map((item, index) => ({ item, label: this.#label(item, index) })),
      this.fault,
    );
    const isGrouped = groupBy.length > 0 || items.some(({ value }) => value.kind === 'aggregate');
    return isGrouped ? this.#groups(items, groupBy) : this.#projection(items);
  }

  #whole([key]: readonly WrittenName[]): Selection {
    if (key !== undefined) {
      throw this.fault(key.offset, 'With GROUP BY, name what to select; * has no groups.');
    }
    return { kind: 'all' };
  }

  #projection(items: readonly WrittenItem[]): Selection {
    return {
      kind: 'projection',
      items: items.flatMap((item, index) =>
        item.value.kind === 'name'
          ? { label: this.#label(item, index), attribute: this.#resolve(item.value) }
          : [],
      ),
    };
  }

  #groups(items: readonly WrittenItem[], groupBy: readonly WrittenName[]): Selection {
    const keys = groupBy.map((name) => this.#resolve(name));
    return {
      kind: 'groups',
      keys,
      items: items.map((item, index) => this.#groupItem(item, this.#label(item, index), keys)),
    };
  }

  #groupItem({ value }: WrittenItem, label: string, keys: readonly Attribute[]): GroupItem {
    if (value.kind === 'name') {
      const attribute = JSON.stringify(this.#resolve(value));
      const key = keys.findIndex((each) => JSON.stringify(each) === attribute);
      if (key === -1) {
        const advice = `add GROUP BY ${value.segments.map(({ name }) => name).join('.')}`;
        throw this.fault(value.offset, `Beside an aggregate stands what is grouped by: ${advice}.`);
      }
      return { label, kind: 'key', key };
    }
    const aggregation = readAggregation(value, this.fault);
    return aggregation === 'count'
      ? { label, kind: 'count' }
      : { label, kind: aggregation, attribute: this.#operandOf(value) };
  }

  #operandOf({ operand, function: name, offset }: WrittenAggregate): Attribute {
    if (operand === undefined) {
      const word = name.toUpperCase();
      throw this.fault(offset, `${word} takes what to look at: ${word}(properties.reported.x).`);
    }
    return this.#resolve(operand);
  }

  /** Aggregates without a name of their own are numbered by where they stand. */
  #label({ value, alias }: WrittenItem, index: number): string {
    return alias ?? (value.kind === 'name' ? labelOf(this.#resolve(value)) : `$${index + 1}`);
  }
}

function readSource({ segments, offset }: WrittenName, fault: Fault): Source {
  const name = segments.map((segment) => segment.name).join('.');
  switch (name.toLowerCase()) {
    case 'devices':
      return 'devices';
    case 'devices.modules':
      return 'devices.modules';
    case 'devices.jobs':
      return 'devices.jobs';
    default: {
      const sources = 'devices, devices.modules and devices.jobs';
      throw fault(offset, `Nothing can be queried FROM ${name}; there are ${sources}.`);
    }
  }
}

function readAggregation(
  { function: name, operand, offset }: WrittenAggregate,
  fault: Fault,
): Aggregation | 'count' {
  const aggregation = name.toLowerCase();
  switch (aggregation) {
    case 'count':
      if (operand !== undefined) {
        throw fault(operand.offset, 'COUNT takes nothing between its parentheses: COUNT().');
      }
      return aggregation;
    case 'avg':
    case 'sum':
    case 'min':
    case 'max':
      return aggregation;
    default:
      throw fault(offset, `There is no aggregate ${name}; there are COUNT, AVG, SUM, MIN and MAX.`);
  }
}

interface LabelledItem {
  readonly item: WrittenItem;
  readonly label: string;
}

function checkLabels(items: readonly LabelledItem[], fault: Fault): void {
  const labels = new Set<string>();
  for (const { item, label } of items) {
    if (labels.has(label)) {
      throw fault(item.offset, `Two of what is selected are called ${label}; rename one by AS.`);
    }
    labels.add(label);
  }
}

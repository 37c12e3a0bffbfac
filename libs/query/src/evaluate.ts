/** Conditions over documents in memory. */
import type { Attribute } from './attributes.js';
import type { Expression, Literal, LiteralValue } from './expression.js';
import { parseInstant } from './instant.js';
import { stepInto, type JsonObject, type Value } from './json.js';
import { areInstants, typeOf } from './operand-type.js';
import type { Condition } from './query.js';
import { arrayContains, calculate, compare, isInOrder, toPrimitive } from './values.js';

/** What an expression is for a document. */
type Evaluator = (document: JsonObject) => Value;

/** Three-valued: undefined is neither true nor false. */
type Truth = (document: JsonObject) => boolean | undefined;

/** Looks at the condition once; whether a document is found costs as much as the condition is long. */
export function toPredicate(condition: Condition | undefined): (document: JsonObject) => boolean {
  if (condition === undefined) {
    return () => true;
  }
  const truth = truthOf(condition);
  return (document) => truth(document) === true;
}

/** What the document has there. */
export function readAttribute(document: JsonObject, { path, steps }: Attribute): Value {
  let value: Value = document;
  for (const name of path.split('.')) {
    value = stepInto(value, name);
  }
  return steps.reduce(stepInto, value);
}

/** What is no boolean is neither true nor false. */
function truthOf(condition: Condition): Truth {
  const evaluate = compile(condition);
  return (document) => {
    const value = evaluate(document);
    return typeof value === 'boolean' ? value : undefined;
  };
}

function compile(expression: Condition): Evaluator {
  switch (expression.kind) {
    case 'literal':
      return () => expression.value;
    case 'reference':
      return (document) => readAttribute(document, expression.name);
    case 'not': {
      const operand = truthOf(expression.operand);
      return (document) => negate(operand(document));
    }
    case 'and':
      return compileLogic(expression.operands, false);
    case 'or':
      return compileLogic(expression.operands, true);
    case 'comparison':
      return compileComparison(expression);
    case 'membership':
      return compileMembership(expression);
    case 'arithmetic':
      return compileArithmetic(expression);
    case 'negation': {
      const operand = compile(expression.operand);
      return (document) => calculate('-', 0, operand(document));
    }
    case 'call':
      return compileCall(expression);
  }
}

function negate(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

/** Kleene's: one operand can decide, whatever the others are. */
function compileLogic(operands: readonly Condition[], deciding: boolean): Truth {
  const truths = operands.map(truthOf);
  return (document) => {
    let result: boolean | undefined = !deciding;
    for (const truth of truths) {
      const value = truth(document);
      if (value === deciding) {
        return deciding;
      }
      result = value === undefined ? undefined : result;
    }
    return result;
  };
}

function compileComparison(expression: Extract<Condition, { kind: 'comparison' }>): Truth {
  const { operator } = expression;
  const left = compile(expression.left);
  const right = compile(expression.right);
  if (!areInstants(expression.left, expression.right)) {
    return (document) => compare(operator, left(document), right(document));
  }
  return (document) => {
    const leftInstant = toInstant(left(document));
    const rightInstant = toInstant(right(document));
    return leftInstant === undefined || rightInstant === undefined
      ? undefined
      : isInOrder(operator, Number(leftInstant - rightInstant));
  };
}

function toInstant(value: Value): bigint | undefined {
  return typeof value === 'string' ? parseInstant(value) : undefined;
}

/** As if it were an equality for each value. */
function compileMembership(expression: Extract<Condition, { kind: 'membership' }>): Truth {
  const { operand, values, isNegated, offset } = expression;
  const isMember =
    typeOf(operand) === 'instant'
      ? compileLogic(
          values.map((value): Condition => {
            const right: Literal = { kind: 'literal', value, offset };
            return { kind: 'comparison', operator: '=', left: operand, right, offset };
          }),
          true,
        )
      : compileSetMembership(operand, values);
  return isNegated ? (document) => negate(isMember(document)) : isMember;
}

function compileSetMembership(operand: Condition, values: readonly LiteralValue[]): Truth {
  const evaluate = compile(operand);
  const set = new Set<Value>(values);
  const otherwise = set.has(undefined) ? undefined : false;
  return (document) => {
    const value = toPrimitive(evaluate(document));
    return value === undefined ? undefined : set.has(value) || otherwise;
  };
}

function compileArithmetic({
  first,
  rest,
}: Extract<Expression<Attribute>, { kind: 'arithmetic' }>): Evaluator {
  const start = compile(first);
  const steps = rest.map(({ operator, operand }) => ({ operator, operand: compile(operand) }));
  return (document) => {
    let value = start(document);
    for (const { operator, operand } of steps) {
      value = calculate(operator, value, operand(document));
    }
    return value;
  };
}

function compileCall({
  function: name,
  operands,
}: Extract<Expression<Attribute>, { kind: 'call' }>): Truth {
  const [first, second] = operands.map(compile);
  const left: Evaluator = first ?? (() => undefined);
  const right: Evaluator = second ?? (() => undefined);
  switch (name) {
    case 'IS_DEFINED':
      return (document) => left(document) !== undefined;
    case 'STARTSWITH':
      return (document) => ofTexts(left(document), right(document), 'startsWith');
    case 'ENDSWITH':
      return (document) => ofTexts(left(document), right(document), 'endsWith');
    case 'ARRAY_CONTAINS':
      return (document) => arrayContains(left(document), right(document));
    default:
      throw new Error(`no function ${name}`);
  }
}

function ofTexts(text: Value, part: Value, method: 'startsWith' | 'endsWith'): boolean | undefined {
  return typeof text === 'string' && typeof part === 'string' ? text[method](part) : undefined;
}

/**
 * How values compare and what can be calculated with them (query-language.md section A4). Undefined is what
 * is neither true nor false: a document for which a condition is undefined is not found.
 */
import type { ArithmeticOperator, ComparisonOperator, Primitive } from './expression.js';
import { isArray, type Value } from './json.js';

/** Objects and arrays do not compare with anything. */
export function toPrimitive(value: Value): Primitive | undefined {
  return typeof value === 'object' && value !== null ? undefined : value;
}

/** Different types are not equal and have no order; nor has null. */
export function compare(
  operator: ComparisonOperator,
  leftValue: Value,
  rightValue: Value,
): boolean | undefined {
  const left = toPrimitive(leftValue);
  const right = toPrimitive(rightValue);
  if (left === undefined || right === undefined) {
    return undefined;
  }
  if (operator === '=' || operator === '!=') {
    return (left === right) === (operator === '=');
  }
  if (left === null || right === null || typeof left !== typeof right) {
    return undefined;
  }
  const order =
    typeof left === 'string' ? compareText(left, right as string) : Number(left) - Number(right);
  return isInOrder(operator, order);
}

export function isInOrder(operator: ComparisonOperator, order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '>=':
      return order >= 0;
  }
}

/**
 * By code points, as UTF-8's bytes are ordered, and so the database's collation "C". UTF-16's units differ from that
 * only where one of the two is beyond U+FFFF and the other from U+E000 on.
 */
export function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const difference = rank(left.charCodeAt(at)) - rank(right.charCodeAt(at));
    if (difference !== 0) {
      return difference;
    }
  }
  return left.length - right.length;
}

/** Halves of pairs come behind every other unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

/**
 * What is calculated with is zero or of a magnitude in these bounds, so that no single step leaves the range of doubles,
 * which the database answers with an error; what is outside of them is no number for a calculation.
 */
export const calculable = { min: 1e-150, max: 1e150 };

export function toCalculable(value: Value): number | undefined {
  if (typeof value !== 'number') {
    return undefined;
  }
  const magnitude = Math.abs(value);
  const isWithin = magnitude >= calculable.min && magnitude <= calculable.max;
  return value === 0 || isWithin ? value : undefined;
}

/** In doubles. */
export function calculate(
  operator: ArithmeticOperator,
  leftValue: Value,
  rightValue: Value,
): number | undefined {
  const left = toCalculable(leftValue);
  const right = toCalculable(rightValue);
  if (left === undefined || right === undefined) {
    return undefined;
  }
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? undefined : left / right;
    case '%':
      // What is left of a truncated division: exact for whole numbers, and what the database can calculate as well.
      return right === 0 ? undefined : left - right * Math.trunc(left / right);
  }
}

/** @returns undefined for what is no array, and for a value that does not compare */
export function arrayContains(array: Value, value: Value): boolean | undefined {
  const wanted = toPrimitive(value);
  return isArray(array) && wanted !== undefined
    ? array.some((element) => element === wanted)
    : undefined;
}

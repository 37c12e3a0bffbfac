import type { Attribute } from './attributes.js';
import type { Expression } from './expression.js';
import { parseInstant } from './instant.js';

/** What is known of a value before a document is looked at. */
export type OperandType =
  | 'string'
  | 'number'
  | 'boolean'
  | 'null'
  | 'undefined'
  | 'object'
  | 'instant'
  /** Whatever the document has. */
  | 'json';

export function typeOf(expression: Expression<Attribute>): OperandType {
  switch (expression.kind) {
    case 'literal':
      return expression.value === null
        ? 'null'
        : (typeof expression.value as 'string' | 'number' | 'boolean' | 'undefined');
    case 'reference':
      return expression.name.kind;
    case 'arithmetic':
    case 'negation':
      return 'number';
    default:
      return 'boolean';
  }
}

/**
 * Whether two are compared as points in time: attributes that are such, with each other and with literals that can be
 * read as one. All else is compared as text.
 */
export function areInstants(left: Expression<Attribute>, right: Expression<Attribute>): boolean {
  const attribute = typeOf(left) === 'instant' || typeOf(right) === 'instant';
  return attribute && isInstant(left) && isInstant(right);
}

function isInstant(expression: Expression<Attribute>): boolean {
  return (
    typeOf(expression) === 'instant' ||
    (expression.kind === 'literal' &&
      typeof expression.value === 'string' &&
      parseInstant(expression.value) !== undefined)
  );
}

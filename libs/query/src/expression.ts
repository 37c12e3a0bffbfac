/**
 * Conditions, for whatever they may name: the parser gives names as they are written, and the checks put
 * in their place what is known of them.
 */

export type Primitive = string | number | boolean | null;

export type ComparisonOperator = '=' | '!=' | '<' | '>' | '<=' | '>=';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** A literal's value; `undefined` is one of the language's own. */
export type LiteralValue = Primitive | undefined;

/** `offset` is where the expression's first word stands in the text. */
export type Expression<Name> =
  | Literal
  | Reference<Name>
  | Not<Name>
  | Logic<Name>
  | Comparison<Name>
  | Membership<Name>
  | Arithmetic<Name>
  | Negation<Name>
  | Call<Name>;

export interface Literal {
  readonly kind: 'literal';
  readonly value: LiteralValue;
  readonly offset: number;
}

interface Reference<Name> {
  readonly kind: 'reference';
  readonly name: Name;
  readonly offset: number;
}

interface Not<Name> {
  readonly kind: 'not';
  readonly operand: Expression<Name>;
  readonly offset: number;
}

/** As many operands as there are: a long chain is no deep tree. */
interface Logic<Name> {
  readonly kind: 'and' | 'or';
  readonly operands: readonly Expression<Name>[];
  readonly offset: number;
}

export interface Comparison<Name> {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Expression<Name>;
  readonly right: Expression<Name>;
  readonly offset: number;
}

/** `IN` and `NIN`. */
export interface Membership<Name> {
  readonly kind: 'membership';
  readonly isNegated: boolean;
  readonly operand: Expression<Name>;
  readonly values: readonly LiteralValue[];
  readonly offset: number;
}

/** From left to right; a chain has operators of one rank. */
interface Arithmetic<Name> {
  readonly kind: 'arithmetic';
  readonly first: Expression<Name>;
  readonly rest: readonly ArithmeticStep<Name>[];
  readonly offset: number;
}

export interface ArithmeticStep<Name> {
  readonly operator: ArithmeticOperator;
  readonly operand: Expression<Name>;
}

interface Negation<Name> {
  readonly kind: 'negation';
  readonly operand: Expression<Name>;
  readonly offset: number;
}

export interface Call<Name> {
  readonly kind: 'call';
  /** As it is written; after the checks, in upper case. */
  readonly function: string;
  readonly operands: readonly Expression<Name>[];
  readonly offset: number;
}

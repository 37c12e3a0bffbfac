/** A query as it is written: nothing is known yet of what its names mean. */
import type { Expression } from './expression.js';

export interface WrittenQuery {
  readonly top: number | undefined;
  /** Undefined for `*`. */
  readonly items: readonly WrittenItem[] | undefined;
  readonly source: WrittenName;
  readonly where: Expression<WrittenName> | undefined;
  readonly groupBy: readonly WrittenName[];
}

export interface WrittenItem {
  readonly value: WrittenName | WrittenAggregate;
  readonly alias: string | undefined;
  readonly offset: number;
}

export interface WrittenAggregate {
  readonly kind: 'aggregate';
  readonly function: string;
  readonly operand: WrittenName | undefined;
  readonly offset: number;
}

/** `devices.tags.a[0].[[b c]]` */
export interface WrittenName {
  readonly kind: 'name';
  readonly segments: readonly WrittenSegment[];
  readonly offset: number;
}

/** A number is an index. */
export interface WrittenSegment {
  readonly name: string | number;
  readonly offset: number;
}

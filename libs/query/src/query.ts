/** A query that has been checked: all its names are known, and it asks for nothing that there is not. */
import type { Attribute, Source } from './attributes.js';
import type { Expression } from './expression.js';

export type Condition = Expression<Attribute>;

export interface Query {
  readonly source: Source;
  /** Of the whole answer, not of a page. */
  readonly top: number | undefined;
  readonly where: Condition | undefined;
  readonly selection: Selection;
}

export type Selection =
  /** Whole documents. */
  | { readonly kind: 'all' }
  /** Of each document, what is named. */
  | { readonly kind: 'projection'; readonly items: readonly ProjectedItem[] }
  /** One row for each group of documents; without keys, one row. */
  | {
      readonly kind: 'groups';
      readonly keys: readonly Attribute[];
      readonly items: readonly GroupItem[];
    };

export interface ProjectedItem {
  readonly label: string;
  readonly attribute: Attribute;
}

export type GroupItem =
  | { readonly label: string; readonly kind: 'key'; readonly key: number }
  | { readonly label: string; readonly kind: 'count' }
  | {
      readonly label: string;
      readonly kind: Aggregation;
      readonly attribute: Attribute;
    };

export type Aggregation = 'avg' | 'sum' | 'min' | 'max';

/**
 * Where a source's attributes lie, by their paths (`properties.desired`): SQL expressions over one row of whatever the
 * caller selects from. They are its own words and no input. An attribute without a column is one that no row has.
 */
export type AttributeColumns = Readonly<Record<string, AttributeColumn>>;

/** SQL null is an attribute that the row does not have; one whose value may be null is `json`. */
export type AttributeColumn =
  /** text, in the collation "C" for an index to serve its order; what can be cast to float8; boolean. */
  | { readonly kind: 'string' | 'number' | 'boolean'; readonly sql: string }
  /** jsonb, whose numbers are doubles. */
  | { readonly kind: 'json'; readonly sql: string }
  /** timestamptz, and its text as documents have it. */
  | { readonly kind: 'instant'; readonly sql: string; readonly text: string };

/** A name in it may be as long as a query. */
const faultLengthMax = 1_000;

/** What is wrong with a query, where, and what to write instead. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  /** Counted from 1, in UTF-16 code units as editors do. */
  readonly line: number;
  readonly column: number;

  /** @param offset of what is wrong, in the query's text */
  constructor(text: string, offset: number, fault: string) {
    const before = text.slice(0, offset).split(/\r\n|\r|\n/);
    const line = before.length;
    const column = (before.at(-1) ?? '').length + 1;
    const short = fault.length > faultLengthMax ? `${fault.slice(0, faultLengthMax)}…` : fault;
    super(`Line ${line}, column ${column}: ${short}`);
    this.line = line;
    this.column = column;
  }
}

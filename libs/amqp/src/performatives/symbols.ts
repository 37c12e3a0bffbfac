import { symbolArray } from '../codec/array.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { writeValue } from '../codec/write-value.js';

/** Writes a field of several symbols; of none, null. */
export function writeSymbols(writer: AmqpWriter, symbols: readonly string[]): void {
  writeValue(writer, symbols.length === 0 ? null : symbolArray(symbols));
}

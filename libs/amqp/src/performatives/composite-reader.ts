import { AmqpDecodeError } from '../codec/amqp-decode-error.js';
import type { AmqpReader } from '../codec/amqp-reader.js';
import type { AmqpValue, Fields } from '../codec/amqp-value.js';
import { readFields, textOf } from '../codec/fields.js';
import { readValue } from '../codec/read-value.js';

/**
 * The fields of a composite value, one after the other (AMQP 1.0 part 1, section 1.4). A list may end
 * early: what it leaves out is null. What it has beyond our fields is skipped at the end.
 */
export class CompositeReader {
  #left: number;
  readonly #end: number;

  /** @param reader stands before the list, behind its descriptor */
  constructor(private readonly reader: AmqpReader) {
    this.#left = reader.readListHead();
    this.#end = reader.compoundEnd;
  }

  boolean(): boolean | null {
    return this.#hasNext() ? this.reader.readBoolean() : null;
  }

  ubyte(): number | null {
    return this.#hasNext() ? this.reader.readUbyte() : null;
  }

  ushort(): number | null {
    return this.#hasNext() ? this.reader.readUshort() : null;
  }

  uint(): number | null {
    return this.#hasNext() ? this.reader.readUint() : null;
  }

  ulong(): bigint | null {
    return this.#hasNext() ? this.reader.readUlong() : null;
  }

  timestamp(): bigint | null {
    return this.#hasNext() ? this.reader.readTimestamp() : null;
  }

  binary(): Buffer | null {
    return this.#hasNext() ? this.reader.readBinary() : null;
  }

  text(): string | null {
    return this.#hasNext() ? this.reader.readText() : null;
  }

  /** A field of several symbols: an array of them, or one alone. */
  symbols(): string[] {
    const value = this.value();
    const all = value !== null && typeof value === 'object' && value.type === 'array';
    return (all ? value.value : [value]).map(textOf).filter((text) => text !== null);
  }

  fields(): Fields | null {
    if (!this.#hasNext()) {
      return null;
    }
    const fields = readFields(this.reader);
    return fields.size === 0 ? null : fields;
  }

  value(): AmqpValue {
    return this.#hasNext() ? readValue(this.reader) : null;
  }

  /** A field that is a described value which `read` knows. */
  described<T>(read: (reader: AmqpReader) => T): T | null {
    return this.#hasNext() && !this.reader.skipNull() ? read(this.reader) : null;
  }

  skip(): void {
    if (this.#hasNext()) {
      this.reader.skipValue();
    }
  }

  /** Goes behind the list. */
  end(): void {
    this.reader.leaveCompound(this.#end);
  }

  #hasNext(): boolean {
    this.#left -= 1;
    return this.#left >= 0;
  }
}

/** A field that the standard calls mandatory. */
export function mandatory<T>(value: T | null, what: string): T {
  if (value === null) {
    throw new AmqpDecodeError(`${what} is missing`);
  }
  return value;
}

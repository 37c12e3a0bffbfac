/**
 * A value with its AMQP type, so that what was read can be written again as the same type. Where
 * JavaScript's own form leaves no doubt (null, boolean, string), it is that; all else carries its type.
 */
export type AmqpValue = null | boolean | string | TypedValue;

export type TypedValue =
  TypedNumber | TypedBigint | TypedBytes | AmqpSymbol | AmqpList | AmqpMap | AmqpArray | Described;

export interface TypedNumber {
  readonly type:
    'ubyte' | 'ushort' | 'uint' | 'byte' | 'short' | 'int' | 'float' | 'double' | 'char';
  readonly value: number;
}

/** A timestamp counts milliseconds since 1970. */
export interface TypedBigint {
  readonly type: 'ulong' | 'long' | 'timestamp';
  readonly value: bigint;
}

/** A view of what it was read from. */
export interface TypedBytes {
  readonly type: 'binary' | 'uuid' | 'decimal32' | 'decimal64' | 'decimal128';
  readonly value: Buffer;
}

export interface AmqpSymbol {
  readonly type: 'symbol';
  readonly value: string;
}

export interface AmqpList {
  readonly type: 'list';
  readonly value: readonly AmqpValue[];
}

export interface AmqpMap {
  readonly type: 'map';
  readonly value: readonly (readonly [AmqpValue, AmqpValue])[];
}

/** Elements of one constructor. It is written as it was read, or as `array.ts` makes it. */
export interface AmqpArray {
  readonly type: 'array';
  readonly value: readonly AmqpValue[];
  /** `array8` or `array32`, and what followed it. */
  readonly code: number;
  readonly encoded: Buffer;
}

export interface Described {
  readonly type: 'described';
  readonly descriptor: AmqpValue;
  readonly value: AmqpValue;
}

/** The type `fields` and its kin: values by symbol, in order. */
export type Fields = ReadonlyMap<string, AmqpValue>;

export function symbol(value: string): AmqpSymbol {
  return { type: 'symbol', value };
}

export function ubyte(value: number): TypedNumber {
  return { type: 'ubyte', value };
}

export function int(value: number): TypedNumber {
  return { type: 'int', value };
}

export function long(value: bigint | number): TypedBigint {
  return { type: 'long', value: BigInt(value) };
}

export function ulong(value: bigint | number): TypedBigint {
  return { type: 'ulong', value: BigInt(value) };
}

export function timestamp(timeMs: bigint | number): TypedBigint {
  return { type: 'timestamp', value: BigInt(timeMs) };
}

export function binary(value: Buffer): TypedBytes {
  return { type: 'binary', value };
}

/** @param value 16 bytes in network order */
export function uuid(value: Buffer): TypedBytes {
  return { type: 'uuid', value };
}

export function map(entries: readonly (readonly [AmqpValue, AmqpValue])[]): AmqpMap {
  return { type: 'map', value: entries };
}

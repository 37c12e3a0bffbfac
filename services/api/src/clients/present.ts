import assert from 'node:assert';

/** A member that the contract promises although protobuf lets every message be absent. */
export function present<Value>(value: Value | undefined): Value {
  assert(value !== undefined, 'an answer of a service lacks what its contract promises');
  return value;
}

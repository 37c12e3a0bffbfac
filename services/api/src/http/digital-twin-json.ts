/** The JSON Patch that a back end sends of a digital twin (service-rest.md section 12). */
import { HubError } from '@linchpin/wire';
import { isObject, type Json } from '../domain/digital-twin.js';
import type { PatchOperation } from '../domain/digital-twin-patch.js';

/**
 * @param json valid JSON
 * @throws HubError `InvalidDigitalTwinJsonPatch`
 */
export function readPatch(json: string): PatchOperation[] {
  const body = JSON.parse(json) as Json;
  if (!Array.isArray(body)) {
    throw new HubError('InvalidDigitalTwinJsonPatch', 'The body must be an array of operations.');
  }
  return (body as readonly Json[]).map(readOperation);
}

function readOperation(value: Json, index: number): PatchOperation {
  const fault = (rule: string): HubError =>
    new HubError('InvalidDigitalTwinJsonPatch', `[${index}]${rule}.`);
  if (!isObject(value)) {
    throw fault(': must be an object');
  }
  const { op, path, value: operand } = value;
  if (op !== 'add' && op !== 'replace' && op !== 'remove') {
    throw fault('.op: must be add, replace or remove');
  }
  if (typeof path !== 'string') {
    throw fault('.path: must be text');
  }
  if (op === 'remove') {
    return { op, path };
  }
  if (operand === undefined) {
    throw fault('.value: is missing');
  }
  return { op, path, value: operand };
}

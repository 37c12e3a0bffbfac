/** What calls of direct methods look like (service-rest.md section 9). */
import { azureLimits, HubError } from '@linchpin/wire';
import { checkJson, optional } from '@linchpin/wire/json';
import { z } from 'zod';
import type { MethodRequest, MethodResult } from '../domain/direct-methods.js';
import { readMembers } from './json-members.js';

const {
  methodNameLengthMax,
  methodPayloadBytesMax,
  methodConnectTimeoutSecondsMax,
  methodResponseTimeoutSecondsMin,
  methodResponseTimeoutSecondsMax,
} = azureLimits;

const nameFault = `must be 1 to ${methodNameLengthMax} printable ASCII characters`;
const methodName = z
  .string(nameFault)
  .max(methodNameLengthMax, nameFault)
  .regex(/^[\x20-\x7e]+$/, nameFault);

const connectTimeoutInSeconds = seconds(0, methodConnectTimeoutSecondsMax, 0);
const responseTimeoutInSeconds = seconds(
  methodResponseTimeoutSecondsMin,
  methodResponseTimeoutSecondsMax,
  30,
);

const callSchema = z.object({ methodName, connectTimeoutInSeconds, responseTimeoutInSeconds });

/**
 * @param text valid JSON
 * @throws HubError `ArgumentInvalid` naming the members at fault, or `MessageTooLarge`
 */
export function readMethodCall(text: string): MethodRequest {
  const members = readMembers(text);
  if (members === undefined) {
    throw new HubError('ArgumentInvalid', 'The body: must be an object with methodName.');
  }
  const named = Object.keys(callSchema.shape).flatMap((name) => {
    const value = members.get(name);
    return value === undefined ? [] : [[name, JSON.parse(value) as unknown] as const];
  });
  const call = checkJson(Object.fromEntries(named), callSchema, 'The body');
  return {
    methodName: call.methodName,
    payload: toPayload(members.get('payload')),
    connectTimeoutSeconds: call.connectTimeoutInSeconds,
    responseTimeoutSeconds: call.responseTimeoutInSeconds,
  };
}

/** A command of a digital twin, as its request names it. */
interface Command {
  /** Undefined for a command of the device itself. */
  readonly component?: string | undefined;
  readonly command: string;
  /** By lower-case name. */
  readonly query: ReadonlyMap<string, string>;
  /** Valid JSON. */
  readonly payloadJson: string;
}

/**
 * The method that devices know a command by (service-rest.md section 12).
 *
 * @throws HubError as `readMethodCall`
 */
export function readCommand({ component, command, query, payloadJson }: Command): MethodRequest {
  const secondsOf = (name: string): string | undefined => {
    const text = query.get(name.toLowerCase());
    return text === '' ? undefined : text;
  };
  const named = {
    methodName: component === undefined ? command : `${component}*${command}`,
    connectTimeoutInSeconds: secondsOf('connectTimeoutInSeconds'),
    responseTimeoutInSeconds: secondsOf('responseTimeoutInSeconds'),
  };
  const call = checkJson(named, callSchema, 'The command');
  return {
    methodName: call.methodName,
    payload: toPayload(payloadJson),
    connectTimeoutSeconds: call.connectTimeoutInSeconds,
    responseTimeoutSeconds: call.responseTimeoutInSeconds,
  };
}

/**
 * The device gets these bytes.
 *
 * @param text valid JSON; absent is `null`
 * @throws HubError `MessageTooLarge`
 */
function toPayload(text = 'null'): Uint8Array {
  const payload = Buffer.from(text);
  if (payload.length > methodPayloadBytesMax) {
    throw new HubError(
      'MessageTooLarge',
      `The payload has ${payload.length} bytes; a method may have ${methodPayloadBytesMax}.`,
    );
  }
  return payload;
}

/** JSON; the payload is the device's, byte by byte. */
export function formatMethodResult({ status, payload }: MethodResult): Uint8Array {
  return Buffer.concat([Buffer.from(`{"status":${status},"payload":`), payload, Buffer.from('}')]);
}

/**
 * A time-out that a client gives, as a number or as text, which Azure takes, too: the az command writes
 * `"30"`. Absent and null mean the standard.
 */
function seconds(min: number, max: number, standard: number): z.ZodType<number> {
  const fault = `must be a whole number from ${min} to ${max}`;
  const toNumber = (given: unknown) =>
    typeof given === 'string' && /^\d+$/.test(given) ? Number(given) : given;
  return optional(z.preprocess(toNumber, z.int(fault).min(min, fault).max(max, fault))).transform(
    (given) => given ?? standard,
  );
}

/** The JSON that a request carries (service-rest.md sections 1.1 and 1.5). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HubError, type HubErrorCode } from '@linchpin/wire';
import { checkJson } from '@linchpin/wire/json';
import type { z } from 'zod';
import { readBody } from './request-body.js';

const mediaTypes = ['application/json', 'application/json-patch+json', 'application/ld+json'];

/**
 * Reads the body; an absent one is `{}`. `schema` decides what becomes of members that it does not name.
 *
 * @param malformed the code of what is no JSON
 * @throws HubError `ArgumentInvalid` naming the members at fault, and what `readJsonText` throws
 */
export async function readJsonBody<Schema extends z.ZodType>(
  request: IncomingMessage,
  response: ServerResponse,
  schema: Schema,
  malformed: HubErrorCode = 'ArgumentInvalid',
): Promise<z.output<Schema>> {
  const { value } = await readJson(request, response, { malformed });
  return checkJson(value, schema, 'The body');
}

interface JsonTerms {
  /** The code of what is no JSON. */
  readonly malformed?: HubErrorCode;
  /** What a body that is not there stands for. */
  readonly absent?: string;
}

/**
 * Reads a body that holds data of others, as it was written.
 *
 * @returns valid JSON
 * @throws HubError `ArgumentInvalid`, `GenericUnsupportedMediaType`, `GenericRequestEntityTooLarge`,
 *   `ServiceUnavailable` when there is no memory for it, or `ClientClosedRequest` when the body broke off
 */
export async function readJsonText(
  request: IncomingMessage,
  response: ServerResponse,
  terms: JsonTerms = {},
): Promise<string> {
  const { text } = await readJson(request, response, terms);
  return text;
}

export interface JsonBody {
  /** As it was written, valid JSON. */
  readonly text: string;
  readonly value: unknown;
}

/** As `readJsonText`, of which parts are the data of others and parts are for us. */
export async function readJson(
  request: IncomingMessage,
  response: ServerResponse,
  terms: JsonTerms = {},
): Promise<JsonBody> {
  checkMediaType(request);
  return parseJson(await readBody(request, response), terms);
}

function checkMediaType({ headers }: IncomingMessage): void {
  const [mediaType = '', ...parameters] = (headers['content-type'] ?? 'application/json')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const isPlain =
    /^identity$/i.test(headers['content-encoding'] ?? 'identity') &&
    /^chunked$/i.test(headers['transfer-encoding'] ?? 'chunked');
  if (!mediaTypes.includes(mediaType) || !isUtf8 || !isPlain) {
    throw new HubError(
      'GenericUnsupportedMediaType',
      `The body must be JSON in UTF-8, not compressed, with no Content-Type or one of ${mediaTypes.join(', ')}.`,
    );
  }
}

function parseJson(
  bytes: Buffer,
  { malformed = 'ArgumentInvalid', absent = '{}' }: JsonTerms,
): JsonBody {
  try {
    // Drops a byte order mark.
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const text = decoded.trim() === '' ? absent : decoded;
    return { text, value: JSON.parse(text) as unknown };
  } catch (error) {
    throw new HubError(malformed, 'The body is not JSON in UTF-8.', { cause: error });
  }
}

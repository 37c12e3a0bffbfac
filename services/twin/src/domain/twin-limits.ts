/**
 * What a section of a twin may hold (service-rest.md section 7.4, device-mqtt.md section 9.2), with messages
 * that name the place. Keys and values are judged where they come in, so that what is stored is known to be
 * good; sizes are judged of the result.
 */
import { azureLimits, HubError } from '@linchpin/wire';
import type { Section } from './apply-patch.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js';

type PropertiesName = 'properties.desired' | 'properties.reported';

export type SectionName = 'tags' | PropertiesName;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** C0, C1 and DEL, which the documentation excludes, as it does the three characters behind. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
const illegalInKey = /[\u0000-\u001f\u007f-\u009f.$ ]/;
// eslint-disable-next-line no-control-regex -- these are what is looked for
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/g;
/** Half of a pair: it has no UTF-8, and PostgreSQL's jsonb refuses it. */
const loneSurrogate = /\p{Surrogate}/u;
/** From here on a number is no integer of somebody's: JavaScript writes it with an exponent. */
const integerTextMax = 1e21;
/** So does it below. */
const fractionTextMin = 1e-6;

/** @throws HubError ArgumentInvalid for bytes that are no UTF-8, and as `parseChange` */
export function parseChangeBytes(name: SectionName, bytes: Uint8Array): JsonValue {
  let text;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new HubError('ArgumentInvalid', `${name}: this is not UTF-8.`, { cause });
  }
  return parseChange(name, text);
}

/** @throws HubError ArgumentInvalid for what is no JSON, MessageTooLarge for far more than a section may hold */
export function parseChange(name: SectionName, text: string): JsonValue {
  const bytes = Buffer.byteLength(text);
  const { twinChangeTextBytesMax } = azureLimits;
  if (bytes > twinChangeTextBytesMax) {
    const message = `${name}: its JSON has ${bytes} bytes; at most ${twinChangeTextBytesMax} are allowed.`;
    throw new HubError('MessageTooLarge', message);
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new HubError('ArgumentInvalid', `${name}: this is not JSON.`, { cause });
  }
}

/**
 * Looks at every key and value of what is to be merged into a section, or to replace it.
 *
 * @throws HubError ArgumentInvalid
 */
export function checkChange(name: SectionName, change: JsonValue): asserts change is JsonObject {
  if (!isJsonObject(change)) {
    refuse(name, 'must be a JSON object');
  }
  checkObject(change, { path: name, depth: 0, isInArray: false });
}

/** @throws HubError ArgumentInvalid */
export function checkTagsSize(document: JsonObject): void {
  const { twinTagsBytesMax, twinTagsTextBytesMax } = azureLimits;
  const bytes = countedBytes(document);
  if (bytes > twinTagsBytesMax) {
    throw tooLarge('tags', `keys and values would have ${bytes} bytes`, twinTagsBytesMax);
  }
  const textBytes = textBytesOf(document);
  if (textBytes > twinTagsTextBytesMax) {
    throw tooLarge('tags', `their JSON would have ${textBytes} bytes`, twinTagsTextBytesMax);
  }
}

/** @throws HubError ArgumentInvalid, of reported properties MessageTooLarge */
export function checkPropertiesSize(name: PropertiesName, section: Section): void {
  const { twinPropertiesBytesMax, twinPropertiesTextBytesMax } = azureLimits;
  const bytes = countedBytes(section.document);
  if (bytes > twinPropertiesBytesMax) {
    throw tooLarge(name, `keys and values would have ${bytes} bytes`, twinPropertiesBytesMax);
  }
  const textBytes = textBytesOf(section.document) + textBytesOf(section.metadata);
  if (textBytes > twinPropertiesTextBytesMax) {
    const what = `JSON and metadata of all members would have ${textBytes} bytes`;
    throw tooLarge(name, what, twinPropertiesTextBytesMax);
  }
}

function tooLarge(name: SectionName, what: string, bytesMax: number): HubError {
  const code = name === 'properties.reported' ? 'MessageTooLarge' : 'ArgumentInvalid';
  return new HubError(code, `${name}: ${what}; at most ${bytesMax} are allowed.`);
}

/** As the database writes it. */
function textBytesOf(value: JsonObject): number {
  return Buffer.byteLength(JSON.stringify(value)) + digitsWithoutExponent(value);
}

/** What a number has more there than in JavaScript: 1e308 is stored with all of its 309 digits. */
function digitsWithoutExponent(value: JsonValue): number {
  if (typeof value === 'number') {
    const magnitude = Math.abs(value);
    const hasExponent =
      magnitude >= integerTextMax || (magnitude > 0 && magnitude < fractionTextMin);
    return hasExponent ? Math.abs(Math.floor(Math.log10(magnitude))) : 0;
  }
  return typeof value === 'object' && value !== null
    ? sum(Object.values<JsonValue>(value).map(digitsWithoutExponent))
    : 0;
}

/** Characters of keys and strings in UTF-8 without control characters, 8 for a number, 4 for a boolean. */
export function countedBytes(value: JsonValue): number {
  if (typeof value === 'string') {
    return Buffer.byteLength(value.replace(controlCharacters, ''));
  }
  if (typeof value === 'number') {
    return 8;
  }
  if (typeof value === 'boolean') {
    return 4;
  }
  return isJsonObject(value)
    ? sum(Object.entries(value).map(([key, member]) => countedBytes(key) + countedBytes(member)))
    : sum((value ?? []).map(countedBytes));
}

/** Where a value stands. */
interface Place {
  readonly path: string;
  /** Objects and arrays around it, the section itself not counted. */
  readonly depth: number;
  /** Then a null would not delete anything. */
  readonly isInArray: boolean;
}

function checkObject(object: JsonObject, place: Place): void {
  for (const [key, value] of Object.entries(object)) {
    checkKey(place.path, key);
    checkValue(value, { ...place, path: `${place.path}.${key}` });
  }
}

function checkKey(path: string, key: string): void {
  const bytes = Buffer.byteLength(key);
  const { twinKeyBytesMax } = azureLimits;
  if (bytes > twinKeyBytesMax) {
    refuse(path, `has a key of ${bytes} bytes; at most ${twinKeyBytesMax} are allowed`);
  }
  const [illegal] = illegalInKey.exec(key) ?? [];
  if (illegal !== undefined) {
    const rule = 'keys have no control character, no dot, no $ and no space';
    refuse(path, `has a key with ${JSON.stringify(illegal)}, ${JSON.stringify(key)}; ${rule}`);
  }
  if (loneSurrogate.test(key)) {
    refuse(path, 'has a key with half of a surrogate pair, which is no character');
  }
}

function checkValue(value: JsonValue, place: Place): void {
  if (typeof value === 'string') {
    checkString(place.path, value);
  } else if (typeof value === 'number') {
    checkNumber(place.path, value);
  } else if (typeof value === 'object') {
    checkStructure(value, place);
  }
}

function checkString(path: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  const { twinStringBytesMax } = azureLimits;
  if (bytes > twinStringBytesMax) {
    refuse(path, `has ${bytes} bytes; a string has at most ${twinStringBytesMax}`);
  }
  if (text.includes('\0')) {
    refuse(path, 'has the character U+0000, which cannot be stored');
  }
  if (loneSurrogate.test(text)) {
    refuse(path, 'has half of a surrogate pair, which is no character');
  }
}

function checkNumber(path: string, value: number): void {
  const { twinIntegerMin, twinIntegerMax } = azureLimits;
  if (!Number.isFinite(value)) {
    refuse(path, 'is a number beyond the range of a double');
  }
  const isInteger = Number.isInteger(value) && Math.abs(value) < integerTextMax;
  if (isInteger && (value < twinIntegerMin || value > twinIntegerMax)) {
    refuse(path, `is ${value}; integers are from ${twinIntegerMin} to ${twinIntegerMax}`);
  }
}

type Structure = JsonObject | readonly JsonValue[] | null;

function checkStructure(value: Structure, { path, depth, isInArray }: Place): void {
  if (value === null) {
    if (isInArray) {
      refuse(path, 'is null; nothing in an array is null');
    }
    return;
  }
  if (depth === azureLimits.twinDepthMax) {
    refuse(path, `lies deeper than ${azureLimits.twinDepthMax} levels`);
  }
  if (isJsonObject(value)) {
    checkObject(value, { path, depth: depth + 1, isInArray });
  } else {
    value.forEach((element, index) => {
      checkValue(element, { path: `${path}[${index}]`, depth: depth + 1, isInArray: true });
    });
  }
}

const pathLengthMax = 200;

/** A path may have ten keys of 1 KB; its end says more than its beginning. */
function refuse(path: string, fault: string): never {
  const place = path.length > pathLengthMax ? `…${path.slice(-pathLengthMax)}` : path;
  throw new HubError('ArgumentInvalid', `${place} ${fault.slice(0, 2 * pathLengthMax)}.`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

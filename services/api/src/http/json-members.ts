/**
 * The members of a JSON object, and the elements of an array, as the client wrote them. What is data and not for
 * us to read goes on so: a number that JavaScript has not, or has in other digits, would be another one.
 */

/**
 * By name, each in its own text; of a name given twice the last counts, as for `JSON.parse`.
 *
 * @param json valid JSON
 * @returns undefined when it is no object
 */
export function readMembers(json: string): ReadonlyMap<string, string> | undefined {
  if (!json.trimStart().startsWith('{')) {
    return undefined;
  }
  const members = new Map<string, string>();
  for (const { name, text } of partsOf(json)) {
    members.set(name, text);
  }
  return members;
}

/**
 * Each in its own text.
 *
 * @param json a JSON array, valid
 */
export function readElements(json: string): readonly string[] {
  return Array.from(partsOf(json), ({ text }) => text);
}

interface Part {
  /** Empty for an element. */
  readonly name: string;
  readonly text: string;
}

/** @param json a JSON object or array, valid */
function* partsOf(json: string): Generator<Part> {
  let depth = 0;
  let name = '';
  let start = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') {
      at = endOfString(json, at) - 1;
    } else if (character === ':' && depth === 1) {
      name = JSON.parse(json.slice(start, at)) as string;
      start = at + 1;
    } else if (character === '{' || character === '[') {
      depth++;
      start = depth === 1 ? at + 1 : start;
    } else if (character === '}' || character === ']') {
      depth--;
    }
    const ends =
      (character === ',' && depth === 1) ||
      ((character === '}' || character === ']') && depth === 0);
    if (ends) {
      const text = json.slice(start, at).trim();
      if (text !== '') {
        yield { name, text };
      }
      start = at + 1;
    }
  }
}

/** Behind the quote that ends what `start` begins. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') {
    at += json[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

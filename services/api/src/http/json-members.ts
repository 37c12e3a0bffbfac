/**
 * The members of a JSON object as the client wrote them. What is data and not for us to read goes on so: a
 * number that JavaScript has not, or has in other digits, would be another one.
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
  let depth = 0;
  let name: string | undefined;
  let valueStart = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') {
      const end = endOfString(json, at);
      name ??= JSON.parse(json.slice(at, end)) as string;
      at = end - 1;
    } else if (character === ':' && depth === 1) {
      valueStart = at + 1;
    } else if (character === '{' || character === '[') {
      depth++;
    } else if (character === '}' || character === ']') {
      depth--;
    }
    const ends = (character === ',' && depth === 1) || (character === '}' && depth === 0);
    if (ends && name !== undefined) {
      members.set(name, json.slice(valueStart, at).trim());
      name = undefined;
    }
  }
  return members;
}

/** Behind the quote that ends what `start` begins. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') {
    at += json[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

/** What a name means in the documents of a source (query-language.md sections A2 and A3). */
import {
  documents,
  otherNames,
  type Attribute,
  type AttributeNode,
  type Source,
} from './attributes.js';
import type { Fault } from './constants.js';
import type { WrittenName, WrittenSegment } from './written-query.js';

/**
 * The hub's own names count in any letter case, those below tags and properties as they are.
 *
 * @throws QueryError for a name that the documents do not have
 */
export function resolveName({ segments }: WrittenName, source: Source, fault: Fault): Attribute {
  const path: string[] = [];
  let node: AttributeNode = documents[source];
  let rest = withoutSource(segments, source);
  for (let [segment] = rest; segment !== undefined; [segment] = rest) {
    const found = findMember(node, segment.name, path.length === 0);
    if (found === undefined) {
      break;
    }
    path.push(found);
    node = node.members[found] ?? node;
    rest = rest.slice(1);
  }
  const [unknown] = rest;
  if (unknown !== undefined && node.kind !== 'json') {
    throw fault(unknown.offset, faultOf(unknown, path, node));
  }
  return { path: path.join('.'), kind: node.kind, steps: rest.map(({ name }) => name) };
}

/** `devices.` may stand before any name. */
function withoutSource(
  segments: readonly WrittenSegment[],
  source: Source,
): readonly WrittenSegment[] {
  const words = source.split('.');
  const depth = segments.length > words.length && startsWith(segments, words) ? words.length : 1;
  return segments.length > 1 && startsWith(segments, ['devices'])
    ? segments.slice(depth)
    : segments;
}

function startsWith(segments: readonly WrittenSegment[], words: readonly string[]): boolean {
  return words.every((word, index) => isWord(segments[index]?.name, word));
}

function isWord(name: string | number | undefined, word: string): boolean {
  return typeof name === 'string' && name.toLowerCase() === word.toLowerCase();
}

function findMember(
  { members }: AttributeNode,
  name: string | number,
  isFirst: boolean,
): string | undefined {
  const other = isFirst ? Object.keys(otherNames).find((key) => isWord(name, key)) : undefined;
  const meant = other === undefined ? name : otherNames[other];
  return Object.keys(members).find((member) => isWord(meant, member));
}

function faultOf({ name }: WrittenSegment, path: readonly string[], node: AttributeNode): string {
  const members = Object.keys(node.members);
  const where = path.length === 0 ? 'A document here' : path.join('.');
  const has = members.length === 0 ? 'nothing below it' : members.join(', ');
  const advice =
    path.length === 0 && 'tags' in node.members
      ? ` What you keep in tags or properties is named so: tags.${name}, properties.reported.${name}.`
      : '';
  return `There is no ${name}. ${where} has ${has}.${advice}`;
}

/** What a back end sends of a twin (service-rest.md section 7.3). */
import { HubError } from '@linchpin/wire';
import type { TwinChange } from '../domain/twins.js';
import { readMembers } from './json-members.js';

/**
 * The sections that a back end may change, as it wrote them; all else of a twin is ignored, for SDKs send
 * back whole twins.
 *
 * @param json a whole body, valid JSON
 * @throws HubError `ArgumentInvalid` for a section that is no object; what it holds is judged where it is kept
 */
export function readTwinSections(json: string): Pick<TwinChange, 'tagsJson' | 'desiredJson'> {
  const body = readMembers(json);
  if (body === undefined) {
    throw new HubError('ArgumentInvalid', 'The body must be an object.');
  }
  const properties = readSection(body, 'properties') ?? 'null';
  return {
    tagsJson: readSection(body, 'tags'),
    desiredJson: readSection(readMembers(properties) ?? new Map(), 'desired', 'properties.desired'),
  };
}

function readSection(
  members: ReadonlyMap<string, string>,
  name: string,
  path = name,
): string | undefined {
  const section = members.get(name);
  if (section === undefined || section === 'null' || section.startsWith('{')) {
    return section;
  }
  throw new HubError('ArgumentInvalid', `${path}: must be an object or null.`);
}

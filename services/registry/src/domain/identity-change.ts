/** What becomes of an identity that clients create, update or delete (service-rest.md sections 1.4, 2 and 3). */
import { HubError } from '@linchpin/wire';
import type { IdentityContent, IdentityDefinition, IdentityId } from './device-identity.js';
import {
  contentOfNew,
  contentOfUpdated,
  edgeModuleIds,
  edgeModules,
  type Sources,
} from './identity-content.js';
import type { IdentityUpdate } from './identity-store.js';

export interface NewIdentity {
  readonly content: IdentityContent;
  /** Of an Edge device: the modules that it begins with. */
  readonly modules: readonly IdentityContent[];
}

/** @throws HubError ArgumentInvalid, InvalidDeviceScope, SystemModuleModifyUnauthorizedAccess */
export function newIdentity(definition: IdentityDefinition, sources: Sources): NewIdentity {
  refuseSystemModule(definition);
  const content = contentOfNew(definition, sources);
  return { content, modules: content.iotEdge ? edgeModules(content.deviceId, sources) : [] };
}

/** @throws HubError ArgumentInvalid, InvalidDeviceScope */
export function updateOf(
  stored: IdentityContent,
  definition: IdentityDefinition,
  sources: Sources,
): IdentityUpdate {
  const content = contentOfUpdated(stored, definition, sources);
  const becomesEdge = content.iotEdge && !stored.iotEdge;
  const ceasesToBeEdge = stored.iotEdge && !content.iotEdge;
  return {
    content,
    addedModules: becomesEdge ? edgeModules(content.deviceId, sources) : [],
    removedModuleIds: ceasesToBeEdge ? edgeModuleIds : [],
  };
}

/**
 * Whoever comes through the service API may neither make nor remove one (service-rest.md section 3).
 *
 * @throws HubError SystemModuleModifyUnauthorizedAccess
 */
export function refuseSystemModule({ moduleId }: IdentityId): void {
  if (moduleId !== undefined && edgeModuleIds.includes(moduleId)) {
    throw new HubError(
      'SystemModuleModifyUnauthorizedAccess',
      `The module ${moduleId} comes and goes with the iotEdge capability of its device.`,
    );
  }
}

import { fakeGrant } from './authenticator.fake.js';
import type { HubUpdated } from './hub-walks.js';

/** Of the hub of `fakeGrant`, with nothing revoked unless the fields say so. */
export function hubUpdated(fields: Partial<HubUpdated> = {}): HubUpdated {
  return {
    kind: 'hubUpdated',
    hub: fakeGrant.hub,
    hubGeneration: fakeGrant.hubGeneration,
    revokedCredentialIds: [],
    limits: fakeGrant.limits,
    ipFilterRules: [],
    ...fields,
  };
}

/** The JSON of key regeneration (service-rest.md section 2.8). */
import { HubError, type DeviceIdentityId } from '@linchpin/wire';
import { moduleIdText, text } from '@linchpin/wire/json';
import { z } from 'zod';
import { requireDistinct } from '../domain/apply-bulk-rows.js';
import type { IdentityKeys, RegeneratedKeys } from '../domain/bulk-registry.js';
import { requireFew } from './bulk-json.js';

export const regenerateKeysSchema = z.object({
  policyKey: text,
  devices: z
    .array(z.unknown())
    .transform(requireFew)
    .pipe(z.array(z.object({ id: z.string(), moduleId: moduleIdText }))),
});

interface RegenerateKeysRequest {
  readonly which: RegeneratedKeys;
  readonly identities: readonly DeviceIdentityId[];
}

/** @throws HubError `InvalidPolicyKey`, `TooManyDevices`, `DeviceDefinedMultipleTimes`, `ArgumentInvalid` */
export function parseRegenerateKeys(
  body: z.output<typeof regenerateKeysSchema>,
): RegenerateKeysRequest {
  const which = choices.find(
    (each) => policyKeys[each].toLowerCase() === body.policyKey?.toLowerCase(),
  );
  if (which === undefined) {
    const names = Object.values(policyKeys).join(', ');
    throw new HubError('InvalidPolicyKey', `policyKey must be one of ${names}.`);
  }
  const identities = body.devices.map(({ id, moduleId }) => ({ deviceId: id, moduleId }));
  requireDistinct(identities);
  return { which, identities };
}

export function formatRegeneratedKeys(
  { which, identities }: RegenerateKeysRequest,
  outcomes: readonly (IdentityKeys | HubError)[],
): object {
  const named = identities.map(({ deviceId, moduleId }, index) => ({
    name: { id: deviceId, moduleId: moduleId ?? null },
    outcome: outcomes[index],
  }));
  return {
    policyKey: policyKeys[which],
    rotatedKeys: named.flatMap(({ name, outcome }) =>
      outcome instanceof HubError ? [] : [{ ...name, ...outcome }],
    ),
    errors: named.flatMap(({ name, outcome }) =>
      outcome instanceof HubError
        ? [{ ...name, errorCode: outcome.code, errorStatus: outcome.message }]
        : [],
    ),
  };
}

const policyKeys = {
  primary: 'primaryKey',
  secondary: 'secondaryKey',
  both: 'both',
} as const satisfies Record<RegeneratedKeys, string>;

const choices = Object.keys(policyKeys) as RegeneratedKeys[];

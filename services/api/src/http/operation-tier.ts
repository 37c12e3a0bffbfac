import { isBasicTier, type HubLimits } from '@linchpin/wire';
import type { Operation } from './operations.js';

/** What the basic tiers lack (security-limits.md section 9): paths that begin so. */
const standardPaths = [
  '/configurations',
  '/devices/{deviceId}/applyConfigurationContent',
  '/devices/{deviceId}/commands',
  '/devices/{deviceId}/messages/deviceBound',
  '/devices/{deviceId}/modules/{moduleId}/messages/deviceBound',
  '/digitaltwins',
  '/jobs/v2',
  '/messages/serviceBound/feedback',
  '/twins',
];

export function isInTier({ path }: Operation, limits: HubLimits): boolean {
  return (
    !isBasicTier(limits) ||
    !standardPaths.some((begin) => path === begin || path.startsWith(`${begin}/`))
  );
}

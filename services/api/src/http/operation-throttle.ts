/** Which of a hub's throttles an operation counts for (security-limits.md section 10). */
import type { ThrottleClass } from '@linchpin/wire';
import type { Operation } from './operations.js';

/** The first row whose path begins the operation's, and whose method is its own, if it names one. */
const rows: readonly (readonly [path: string, counts: ThrottleClass, method?: string])[] = [
  ['/devices/query', 'queries'],
  ['/devices/{deviceId}/applyConfigurationContent', 'configurations'],
  ['/devices/{deviceId}/commands', 'commandSends'],
  ['/devices/{deviceId}/messages/deviceBound', 'commandSends'],
  ['/devices/{deviceId}/modules/{moduleId}/messages/deviceBound', 'commandSends'],
  ['/devices', 'registry'],
  ['/statistics', 'registry'],
  ['/twins', 'twinReads', 'GET'],
  ['/twins/{deviceId}/methods', 'methodBytes'],
  ['/twins/{deviceId}/modules/{moduleId}/methods', 'methodBytes'],
  ['/twins', 'twinUpdates'],
  ['/digitaltwins', 'twinReads', 'GET'],
  ['/digitaltwins', 'twinUpdates', 'PATCH'],
  ['/digitaltwins', 'methodBytes'],
  ['/configurations', 'configurations'],
  ['/jobs', 'jobs'],
];

/** Undefined for what no throttle limits: the control plane, and what a back end receives. */
export function throttleClassOf({ path, method }: Operation): ThrottleClass | undefined {
  const row = rows.find(
    ([begin, , only = method]) =>
      only === method && (path === begin || path.startsWith(`${begin}/`)),
  );
  return row?.[1];
}

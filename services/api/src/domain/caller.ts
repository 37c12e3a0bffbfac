/** Who sends a request, as far as it was proven. */
import type { HubId, HubLimits } from '@linchpin/wire';
import { hasRole, type Principal, type Role } from './role.js';

/** Of a hub's service REST API. */
export type Caller =
  PolicyHolder | EdgeDevice | (HubOfCaller & { readonly kind: 'principal' } & Principal);

/** The holder of a shared access policy's key. */
export interface PolicyHolder extends HubOfCaller {
  readonly kind: 'policy';
  readonly policy: string;
  /** The flags of security-limits.md section 1. */
  readonly rights: number;
  readonly telemetryTopic: string;
}

/** An Edge device with its own key, which may manage its modules. */
export interface EdgeDevice extends HubOfCaller {
  readonly kind: 'device';
  readonly deviceId: string;
}

/** Nothing is done for a caller to a later hub of the name. */
export interface HubOfCaller extends HubId {
  readonly limits: HubLimits;
}

/** Of the control plane: whoever has the admin token, or a principal with a role there. */
export type Administrator =
  { readonly kind: 'administrator' } | ({ readonly kind: 'principal' } & Principal);

/** @param hub undefined for what concerns no one hub, or all of them */
export function administers(
  who: Administrator,
  anyOf: readonly Role[],
  hub: string | undefined,
): boolean {
  return who.kind === 'administrator' || hasRole(who, anyOf, hub);
}

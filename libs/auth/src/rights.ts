/**
 * What a shared access policy allows (security-limits.md section 1), as the bits that Azure's .NET SDK
 * uses; contracts carry the sum.
 */
import { HubError } from '@linchpin/wire';

export const RIGHTS = {
  RegistryRead: 1,
  /** Writing implies reading: this has the bit of RegistryRead. */
  RegistryWrite: 3,
  ServiceConnect: 4,
  DeviceConnect: 8,
} as const;

export type Right = keyof typeof RIGHTS;

const ALL_RIGHTS = 15;

export interface DefaultPolicy {
  readonly name: string;
  readonly rights: number;
}

/** The policies of a new hub. */
export const DEFAULT_POLICIES: readonly DefaultPolicy[] = [
  { name: 'iothubowner', rights: ALL_RIGHTS },
  { name: 'service', rights: RIGHTS.ServiceConnect },
  { name: 'device', rights: RIGHTS.DeviceConnect },
  { name: 'registryRead', rights: RIGHTS.RegistryRead },
  { name: 'registryReadWrite', rights: RIGHTS.RegistryWrite },
];

export function hasRight(rights: number, right: Right): boolean {
  return (rights & RIGHTS[right]) === RIGHTS[right];
}

/** As ARM writes it: `RegistryWrite, ServiceConnect`. RegistryRead is not named beside RegistryWrite. */
export function formatRights(rights: number): string {
  const held = RIGHT_NAMES.filter((right) => hasRight(rights, right));
  const named = held.includes('RegistryWrite')
    ? held.filter((right) => right !== 'RegistryRead')
    : held;
  return named.join(', ');
}

/** Reads ARM's list in any order and letter case. Throws ArgumentInvalid. */
export function parseRights(text: string): number {
  return text.split(',').reduce((rights, name) => rights | RIGHTS[parseRight(name.trim())], 0);
}

const RIGHT_NAMES = Object.keys(RIGHTS) as readonly Right[];

function parseRight(name: string): Right {
  const right = RIGHT_NAMES.find((known) => known.toLowerCase() === name.toLowerCase());
  if (right === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      `Rights are a list of ${RIGHT_NAMES.join(', ')}, separated by commas.`,
    );
  }
  return right;
}

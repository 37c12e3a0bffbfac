/**
 * What a shared access policy allows (security-limits.md section 1), as the bits that Azure's .NET SDK
 * uses; contracts carry the sum.
 */
import { HubError } from '@linchpin/wire';

export const rightBits = {
  RegistryRead: 1,
  /** Writing implies reading: this has the bit of RegistryRead. */
  RegistryWrite: 3,
  ServiceConnect: 4,
  DeviceConnect: 8,
} as const;

export type Right = keyof typeof rightBits;

const allRights = 15;

interface DefaultPolicy {
  readonly name: string;
  readonly rights: number;
}

/** The policies of a new hub. */
export const defaultPolicies: readonly DefaultPolicy[] = [
  { name: 'iothubowner', rights: allRights },
  { name: 'service', rights: rightBits.ServiceConnect },
  { name: 'device', rights: rightBits.DeviceConnect },
  { name: 'registryRead', rights: rightBits.RegistryRead },
  { name: 'registryReadWrite', rights: rightBits.RegistryWrite },
];

export function hasRight(rights: number, right: Right): boolean {
  return (rights & rightBits[right]) === rightBits[right];
}

/** As ARM writes it: `RegistryWrite, ServiceConnect`. RegistryRead is not named beside RegistryWrite. */
export function formatRights(rights: number): string {
  const held = rightNames.filter((right) => hasRight(rights, right));
  const named = held.includes('RegistryWrite')
    ? held.filter((right) => right !== 'RegistryRead')
    : held;
  return named.join(', ');
}

/** Reads ARM's list in any order and letter case. @throws HubError ArgumentInvalid */
export function parseRights(text: string): number {
  return text.split(',').reduce((rights, name) => rights | rightBits[parseRight(name.trim())], 0);
}

const rightNames = Object.keys(rightBits) as readonly Right[];

function parseRight(name: string): Right {
  const right = rightNames.find((known) => known.toLowerCase() === name.toLowerCase());
  if (right === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      `Rights are a list of ${rightNames.join(', ')}, separated by commas; "${name.slice(0, 64)}" is none.`,
    );
  }
  return right;
}

/**
 * Which roles of a bearer may call an operation (security-limits.md section 3.4): on the service REST API
 * they follow from the rights that a policy needs there, and from what the operation is.
 */
import type { Right } from '@linchpin/auth';
import type { Role } from '../domain/role.js';
import type { Access, Operation } from './operations.js';

/** Nobody's when it takes the credential of a device. */
export function rolesOf({ access, method, path }: Operation): readonly Role[] {
  switch (access) {
    case 'owner':
      return ['owner'];
    case 'reader':
    case 'some-reader':
      return ['reader', 'owner'];
    case 'device':
      return [];
    default:
      return dataRoles.filter(({ may }) => may({ rights: access, method, path })).map(toRole);
  }
}

/** Whether the control plane has the operation. */
export function isAdministration(access: Access): access is 'owner' | 'reader' | 'some-reader' {
  return access === 'owner' || access === 'reader' || access === 'some-reader';
}

interface DataOperation extends Pick<Operation, 'method' | 'path'> {
  readonly rights: readonly Right[];
}

interface DataRole {
  readonly role: Role;
  readonly may: (operation: DataOperation) => boolean;
}

const dataRoles: readonly DataRole[] = [
  { role: 'data contributor', may: () => true },
  { role: 'data reader', may: onlyReads },
  {
    role: 'registry contributor',
    may: ({ rights }) => rights.includes('RegistryRead') || rights.includes('RegistryWrite'),
  },
  { role: 'twin contributor', may: ({ path }) => isOfTwins(path) },
];

/** To receive a message is to take it, and a query is a POST. */
function onlyReads({ method, path }: DataOperation): boolean {
  return method === 'GET' ? !path.startsWith('/messages/') : queries.includes(path);
}

const queries: readonly string[] = ['/devices/query', '/configurations/testQueries'];

/** Methods are called on devices; that they stand below /twins is only their path. */
function isOfTwins(path: string): boolean {
  return path === '/devices/query' || (path.startsWith('/twins/') && !path.endsWith('/methods'));
}

function toRole({ role }: DataRole): Role {
  return role;
}

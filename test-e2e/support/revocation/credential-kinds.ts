/** How a device or module of the revocation hub can be let in: one function for each kind of credential. */
import { createSasToken, deviceResource } from '@linchpin/auth';
import { issueCertificate, type IssuedCertificate } from '@linchpin/testing';
import type { DeviceSocketOptions } from '../device-socket.js';
import type { ConnectFields } from '../mqtt-client.js';
import {
  createDevice,
  createModule,
  tokenOf,
  withoutPassword,
  withToken,
  type TestIdentity,
} from '../registry.js';
import type { AuthorityName, RevocationHub } from './revocation-hub.js';

/** An identity that was made, and how it connects. */
export interface Entrant {
  readonly identity: TestIdentity;
  readonly fields: ConnectFields;
  readonly socket: Pick<DeviceSocketOptions, 'tls' | 'from'>;
}

export type CredentialKind = (hub: RevocationHub, deviceId: string) => Promise<Entrant>;

export const byPrimaryKey: CredentialKind = async (hub, deviceId) => {
  return byToken(hub, await createDevice(deviceId, {}, hub.access));
};

export const bySecondaryKey: CredentialKind = async (hub, deviceId) => {
  const identity = await createDevice(deviceId, {}, hub.access);
  const signed = { ...identity, primaryKey: identity.secondaryKey };
  return { ...byToken(hub, signed), identity };
};

export const byModuleKey: CredentialKind = async (hub, deviceId) => {
  await createDevice(deviceId, {}, hub.access);
  return byToken(hub, await createModule(deviceId, 'm1', {}, hub.access));
};

export const byThumbprint: CredentialKind = async (hub, deviceId) => {
  const { sha256, tls } = hub.certificate;
  const x509Thumbprint = { primaryThumbprint: sha256 };
  const authentication = { type: 'selfSigned', x509Thumbprint };
  const identity = await createDevice(deviceId, { authentication }, hub.access);
  return { identity, fields: withoutPassword(identity, hub.access.host), socket: { tls } };
};

export function from(address: string, kind: CredentialKind): CredentialKind {
  return async (hub, deviceId) => {
    const entrant = await kind(hub, deviceId);
    return { ...entrant, socket: { ...entrant.socket, from: address } };
  };
}

export function byAuthority(name: AuthorityName): CredentialKind {
  return async (hub, deviceId) => {
    const authentication = { type: 'certificateAuthority' };
    const identity = await createDevice(deviceId, { authentication }, hub.access);
    const tls = leafOf(hub.authorities[name], deviceId);
    return { identity, fields: withoutPassword(identity, hub.access.host), socket: { tls } };
  };
}

/** Every other token is for its device alone, as a token service makes them. */
export function byPolicy(policy: string, key: 'primaryKey' | 'secondaryKey'): CredentialKind {
  return async (hub, deviceId) => {
    const identity = await createDevice(deviceId, {}, hub.access);
    const { host } = hub.access;
    const isScoped = deviceId.endsWith('1');
    const token = createSasToken({
      audience: isScoped ? deviceResource(host, identity).join('/') : host,
      key: hub.policyKeys.get(policy)?.[key] ?? '',
      policy,
      expiresAt: new Date(Date.now() + 3_600_000),
    });
    return { identity, fields: withToken(identity, token, host), socket: {} };
  };
}

function byToken({ access }: RevocationHub, identity: TestIdentity): Entrant {
  const token = tokenOf(identity, undefined, access.host);
  return { identity, fields: withToken(identity, token, access.host), socket: {} };
}

function leafOf(
  issuer: IssuedCertificate,
  subject: string,
): { readonly cert: string; readonly key: string } {
  const { certificate, key } = issueCertificate({ subject, issuer });
  return { cert: certificate, key };
}

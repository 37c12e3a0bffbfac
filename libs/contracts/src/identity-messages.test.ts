import { expect, test } from '@jest/globals';
import {
  AuthenticationType,
  ConnectionState,
  IdentityStatus,
  type Identity,
} from './gen/linchpin/registry/v1/identity.js';
import { toIdentity } from './identity-messages.js';

const message: Identity = {
  deviceId: 'd1',
  generationId: '638900112233440001',
  etag: 'MQ==',
  status: IdentityStatus.DISABLED,
  connectionState: ConnectionState.CONNECTED,
  cloudToDeviceMessageCount: 0,
  authentication: { type: AuthenticationType.SELF_SIGNED, primaryThumbprint: 'AB' },
  iotEdge: true,
  parentScopes: [],
};

test('an enum becomes its word, and what is absent stays absent', () => {
  const identity = toIdentity(message);

  expect(identity).toMatchObject({
    status: 'disabled',
    connectionState: 'Connected',
    iotEdge: true,
  });
  expect(identity).toMatchObject({ moduleId: undefined, attributesJson: undefined });
  expect(identity.authentication).toEqual({
    type: 'selfSigned',
    primaryKey: undefined,
    secondaryKey: undefined,
    primaryThumbprint: 'AB',
    secondaryThumbprint: undefined,
  });
});

test.each([undefined, { type: AuthenticationType.UNSPECIFIED }])(
  'an identity that is authenticated by %j breaks the contract',
  (authentication) => {
    expect(() => toIdentity({ ...message, authentication })).toThrow('every');
  },
);

import { describe, expect, test } from '@jest/globals';
import { audienceCovers, parseSasToken, verifySasSignature } from '@linchpin/auth';

import { createTokenFor, parseConnectionString } from './connection-string.js';

const deviceKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const expiresAt = new Date('2026-01-01T00:00:00Z');

const policy = {
  hostName: 'localhost',
  sharedAccessKeyName: 'iothubowner',
  sharedAccessKey: deviceKey,
};
const module = {
  hostName: 'localhost',
  deviceId: 'd=1',
  moduleId: 'm1',
  sharedAccessKey: deviceKey,
};

test('a connection string is read as Azure hands it out', () => {
  const text = `HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=${deviceKey}`;
  expect(parseConnectionString(text)).toEqual(policy);
  const ofModule = `HostName=localhost;DeviceId=d=1;ModuleId=m1;SharedAccessKey=${deviceKey}`;
  expect(parseConnectionString(ofModule)).toEqual(module);
});

test('one without host is refused, other keys are ignored', () => {
  expect(() => parseConnectionString('DeviceId=d1')).toThrow('no HostName');
  expect(parseConnectionString('HostName=h;x509=true')).toEqual({ hostName: 'h' });
});

describe('createTokenFor', () => {
  test('a module signs for itself', () => {
    const token = parseSasToken(createTokenFor(module, expiresAt));
    const resource = ['localhost', 'devices', 'd=1', 'modules', 'm1'];
    expect(audienceCovers(token.audience, resource)).toBe(true);
    expect(verifySasSignature(token, [deviceKey])).toBe(0);
    expect([token.policy, token.expiresAt]).toEqual([undefined, expiresAt]);
  });

  test('a policy signs for the whole hub', () => {
    const token = parseSasToken(createTokenFor(policy, expiresAt));
    expect([token.audience, token.policy]).toEqual(['localhost', 'iothubowner']);
  });

  test('nobody signs without a key', () => {
    expect(() => createTokenFor({ hostName: 'h' }, expiresAt)).toThrow('no SharedAccessKey');
  });
});

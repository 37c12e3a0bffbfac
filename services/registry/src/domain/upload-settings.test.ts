import { expect, test } from '@jest/globals';
import { changeKeptProperties, defaultKeptProperties } from './kept-properties.js';
import { uploadSettings, type UploadSettings } from './upload-settings.js';

const connectionString = 'AccountName=a;AccountKey=c2VjcmV0';

function chosen(members: object): UploadSettings {
  return uploadSettings(changeKeptProperties(defaultKeptProperties, JSON.stringify(members)));
}

test('security-limits 11.1: what a fresh hub has', () => {
  expect(uploadSettings(defaultKeptProperties)).toEqual({
    storage: undefined,
    notifications: { enabled: false, ttlSeconds: 3_600, lockSeconds: 60, maxDeliveryCount: 10 },
  });
});

test('each is what was chosen for it', () => {
  const settings = chosen({
    storageEndpoints: {
      $default: {
        connectionString: 'AccountName=a',
        containerName: 'files',
        sasTtlAsIso8601: 'P1D',
        authenticationType: 'identityBased',
        identity: { userAssignedIdentity: 'me' },
      },
    },
    messagingEndpoints: {
      fileNotifications: {
        lockDurationAsIso8601: 'PT5S',
        ttlAsIso8601: 'P2D',
        maxDeliveryCount: 100,
      },
    },
    enableFileUploadNotifications: true,
  });
  expect(settings).toEqual({
    storage: {
      connectionString: 'AccountName=a',
      containerName: 'files',
      identityBased: true,
      identity: 'me',
      grantTtlSeconds: 86_400,
    },
    notifications: { enabled: true, ttlSeconds: 172_800, lockSeconds: 5, maxDeliveryCount: 100 },
  });
});

test('a key is used unless an identity is', () => {
  const storage = { connectionString, containerName: 'files' };
  expect(chosen({ storageEndpoints: { $default: storage } }).storage).toEqual({
    ...storage,
    identityBased: false,
    identity: undefined,
    grantTtlSeconds: 3_600,
  });
});

test.each([
  { connectionString, containerName: '' },
  { connectionString: '', containerName: 'files' },
  null,
])('there is no storage while a part of it is missing: %j', ($default) => {
  expect(chosen({ storageEndpoints: { $default } }).storage).toBeUndefined();
});

test('what was left out has its default', () => {
  expect(chosen({ messagingEndpoints: {}, enableFileUploadNotifications: null })).toEqual(
    uploadSettings(defaultKeptProperties),
  );
});

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { HttpUploadStores, type UploadStoresSettings } from '../src/blob/http-upload-stores.js';
import type { UploadStorage } from '../src/domain/device-upload.js';
import { IdentityIssuer } from './support/identity-issuer.js';
import { describeUploadStore } from './support/upload-store.contract.js';

jest.setTimeout(120_000);

let issuer: IdentityIssuer;
let container: string;

beforeAll(async () => {
  issuer = await IdentityIssuer.start();
  container = await issuer.blobs.createContainer();
});

afterAll(() => issuer.stop());

function settings(): UploadStoresSettings {
  return {
    allowedHosts: [issuer.store.host],
    authorities: [issuer.store.authority],
    identity: {
      authority: issuer.authorityUrl,
      tenantId: 'tenant-1',
      clientId: 'client-1',
      tokenFile: issuer.tokenFile,
    },
  };
}

function storage(members: Partial<UploadStorage> = {}): UploadStorage {
  return {
    connectionString: issuer.connectionString,
    containerName: container,
    isIdentityBased: true,
    identity: undefined,
    grantTtlSeconds: 60,
    ...members,
  };
}

describeUploadStore('a container that trusts an identity', () =>
  Promise.resolve({
    settings: settings(),
    storage: storage(),
    forged: storage({
      connectionString: `${issuer.connectionString};AccountKey=${Buffer.alloc(64).toString('base64')}`,
      isIdentityBased: false,
    }),
    authority: issuer.store.authority,
    listQuery: 'restype=container&comp=list',
    read: (name: string) => issuer.blobs.read(container, encodeURIComponent(name)),
    stop: () => undefined,
  }),
);

test('a token is asked for once for many grants, with what the platform says, for one account', async () => {
  issuer.forms.length = 0;
  const stores = new HttpUploadStores(settings());
  await Promise.all(['d1/a', 'd1/b', 'd2/c'].map((name) => stores.open(storage()).grant(name, 60)));

  expect(issuer.forms.map((form) => Object.fromEntries(form))).toEqual([
    {
      grant_type: 'client_credentials',
      client_id: 'client-1',
      scope: 'https://127.0.0.1/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: 'assertion-of-the-platform',
    },
  ]);
  stores.close();
});

test('an identity that the issuer does not know is refused, and asked for again the next time', async () => {
  const stores = new HttpUploadStores(settings());
  const grant = () => stores.open(storage({ identity: 'client-2' })).grant('d1/a', 60);
  await expect(grant()).rejects.toMatchObject({ code: 'InvalidStorageEndpoint' });
  issuer.clients.add('client-2');

  await expect(grant()).resolves.toMatchObject({ containerName: container });
  stores.close();
});

test('an issuer that does not answer is told as that', async () => {
  const { identity, ...others } = settings();
  const away = { ...identity!, authority: new URL('https://127.0.0.1:1/') };
  const stores = new HttpUploadStores({ ...others, identity: away });

  await expect(stores.open(storage()).grant('d1/a', 60)).rejects.toMatchObject({
    code: 'ServiceUnavailable',
  });
  stores.close();
});

/** What every kind of store does, and refuses, with the grants that are made for it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpsAnswer } from '@linchpin/testing';
import { HttpUploadStores, type UploadStoresSettings } from '../../src/blob/http-upload-stores.js';
import type { UploadStorage } from '../../src/domain/device-upload.js';
import type { UploadStore } from '../../src/domain/upload-store.js';
import { askStore } from './uploads-under-test.js';

export interface StoreUnderTest {
  readonly settings: UploadStoresSettings;
  /** The same storage under a key that its store does not know. */
  readonly forged: UploadStorage;
  readonly storage: UploadStorage;
  /** PEM text of who signed the store's certificate, if Node does not know it. */
  readonly authority?: string;
  /** With which the store lists what is in a container. */
  readonly listQuery: string;
  /** As the store has it. Undefined when there is no such blob. */
  read(blobName: string): string | undefined | Promise<string | undefined>;
  stop(): unknown;
}

const hourMs = 3_600_000;
const names = ['d1/a', 'd1/dir/a b', "d1/x!'()*+%25?#&=:;,@$_-.~", 'dev%1#/größe 🙂'];

export function describeUploadStore(kind: string, start: () => Promise<StoreUnderTest>): void {
  describe(kind, () => {
    let under: StoreUnderTest;
    let stores: HttpUploadStores;
    let store: UploadStore;
    const opened: HttpUploadStores[] = [];

    beforeAll(async () => {
      under = await start();
      stores = open();
      store = stores.open(under.storage);
    });

    afterAll(async () => {
      for (const each of opened) {
        each.close();
      }
      await under.stop();
    });

    function open(now?: () => Date): HttpUploadStores {
      const made = new HttpUploadStores(under.settings, now);
      opened.push(made);
      return made;
    }

    function ask(method: string, uri: string, content = ''): Promise<HttpsAnswer> {
      return askStore(method, uri, content, under.authority);
    }

    async function grantedUri(blobName: string): Promise<string> {
      const { sasToken } = await store.grant(blobName, 60);
      return `${store.uriOf(blobName)}${sasToken}`;
    }

    test.each(names)('%j is not there, then written by its grant, then found', async (name) => {
      expect(await store.find(name)).toBeUndefined();
      const { status } = await ask('PUT', await grantedUri(name), 'hello');
      expect([200, 201]).toContain(status);

      const found = await store.find(name);
      expect(found?.sizeBytes).toBe(5);
      expect(Math.abs(found!.lastUpdatedTime.getTime() - Date.now())).toBeLessThan(60_000);
      expect(await under.read(name)).toBe('hello');
    });

    test('a blob may be written again', async () => {
      const uri = await grantedUri('d1/again');
      await ask('PUT', uri, 'one');
      await ask('PUT', uri, 'two');

      expect(await under.read('d1/again')).toBe('two');
    });

    test.each([
      ['d1/other', 'another blob of the folder'],
      ['d2/granted', 'another folder'],
      ['granted', 'no folder'],
      ['d1/../d2/granted', 'a folder beside it'],
      ['d1/granted/more', 'a blob below it'],
    ])('a grant does not write %s: %s', async (name) => {
      const uri = await grantedUri('d1/granted');
      const other = uri.replace('/d1/granted?', `/${name}?`);
      const { status } = await ask('PUT', other, 'hello');

      expect(other).not.toBe(uri);
      expect(status).toBe(403);
      expect(await store.find(name)).toBeUndefined();
    });

    test.each(['GET', 'HEAD', 'DELETE'])('a grant does not %s', async (method) => {
      const uri = await grantedUri(`d1/${method}`);
      await ask('PUT', uri, 'hello');
      const { status, text } = await ask(method, uri);

      expect(status).toBe(403);
      expect(text).not.toContain('hello');
      expect(await under.read(`d1/${method}`)).toBe('hello');
    });

    test('a grant does not list', async () => {
      const uri = await grantedUri('d1/granted');
      const listed = uri.replace('/d1/granted?', `?${under.listQuery}&`);
      const { status } = await ask('GET', listed);

      expect(listed).not.toBe(uri);
      expect(status).toBe(403);
    });

    test('a grant whose time is over writes nothing, however it is told', async () => {
      const earlier = open(() => new Date(Date.now() - hourMs)).open(under.storage);
      const { sasToken } = await earlier.grant('d1/late', 60);
      const uri = `${store.uriOf('d1/late')}${sasToken}`;
      const longer = uri
        .replace(
          /([?&]se=)[^&]+/,
          `$1${encodeURIComponent(new Date(Date.now() + hourMs).toISOString())}`,
        )
        .replace(/(X-Amz-Expires=)60/, '$17200');
      expect(longer).not.toBe(uri);
      const answers = [await ask('PUT', uri, 'hello'), await ask('PUT', longer, 'hello')];

      expect(answers.map(({ status }) => status)).toEqual([403, 403]);
      expect(await store.find('d1/late')).toBeUndefined();
    });

    test('what the store refuses to say of a blob is told as its refusal', async () => {
      await expect(stores.open(under.forged).find('d1/a')).rejects.toMatchObject({
        code: 'InvalidStorageEndpointOrBlob',
      });
    });

    test('a container that is not there has no blob', async () => {
      const absent = stores.open({ ...under.storage, containerName: 'absent-container' });

      expect(await absent.find('d1/a')).toBeUndefined();
    });
  });
}

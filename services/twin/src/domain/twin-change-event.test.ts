import { expect, test } from '@jest/globals';
import { azureLimits } from '@linchpin/wire';
import { changeTwin, patchReported, type TwinUpdate } from './change-twin.js';
import type { JsonObject } from './json-value.js';
import { now, nowText, twinOf } from './samples.fake.js';
import { notifyReportedChange, notifyTwinChange } from './twin-change-event.js';
import { freshTwin, type Twin } from './twin.js';

const device = { deviceId: 'd1', moduleId: undefined };

const notified = (before: Twin, members: Partial<TwinUpdate>) => {
  const update = { mode: 'patch', tags: undefined, desired: undefined, ...members } as TwinUpdate;
  const change = changeTwin(before, { ...update, ifMatch: undefined }, now);
  const after = { ...before, ...change.after };
  return notifyTwinChange(device, after, { mode: update.mode, change }, now);
};

test('an update has what changed, with its metadata and the twin’s version', () => {
  const before = twinOf(
    changeTwin(
      freshTwin,
      { mode: 'patch', tags: { kept: 1 }, desired: { kept: 1 }, ifMatch: undefined },
      now,
    ).after,
  );
  const stamp = { $lastUpdated: nowText, $lastUpdatedVersion: 3 };

  expect(
    notified(before, { tags: { tag1: 'new value' }, desired: { property1: 'new', old: null } }),
  ).toEqual({
    type: 'updateTwin',
    body: {
      version: 4,
      tags: { tag1: 'new value' },
      properties: {
        desired: {
          property1: 'new',
          old: null,
          $metadata: { ...stamp, property1: stamp },
          $version: 3,
        },
      },
    },
  });
  expect(notified(before, { tags: {} }).body).toEqual({ version: 4, tags: {} });
});

test('a replacement has the whole twin', () => {
  expect(notified(freshTwin, { mode: 'replace', tags: { a: 1 } })).toEqual({
    type: 'replaceTwin',
    body: {
      deviceId: 'd1',
      etag: 'AAAAAAAAAAI=',
      version: 3,
      tags: { a: 1 },
      properties: {
        desired: { $metadata: { $lastUpdated: '0001-01-01T00:00:00Z' }, $version: 1 },
        reported: { $metadata: { $lastUpdated: '0001-01-01T00:00:00Z' }, $version: 1 },
      },
    },
  });
});

test('a reported change has no version in its metadata', () => {
  const change = { patch: { fw: '1.1', old: null }, reportedVersion: 6 };

  expect(notifyReportedChange(2, change, now)).toEqual({
    type: 'updateTwin',
    body: {
      version: 2,
      properties: {
        reported: {
          fw: '1.1',
          old: null,
          $metadata: { $lastUpdated: nowText, fw: { $lastUpdated: nowText } },
          $version: 6,
        },
      },
    },
  });
});

test('the largest twin that is accepted fits in a record of Kafka', () => {
  const members = (count: number): JsonObject =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`${index}`, {}]));
  const controls = (count: number): JsonObject =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`${index}`, '\u0001'.repeat(1_050)]),
    );
  const reported = patchReported(freshTwin.reported, members(5_900), undefined, now).after;
  const update = { mode: 'replace', tags: controls(10), desired: members(4_100) } as const;
  const { type, body } = notified(twinOf({ reported }), update);

  const bytes = Buffer.byteLength(JSON.stringify(body));
  expect(type).toBe('replaceTwin');
  expect(bytes).toBeGreaterThan(2 * azureLimits.twinPropertiesTextBytesMax * 0.8);
  expect(bytes).toBeLessThan(1000 * 1024);
});

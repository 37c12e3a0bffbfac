/** The examples of query-language.md section A9, by their numbers. */
import { describe, expect, test } from '@jest/globals';
import { answerQuery } from './answer-query.js';
import type { JsonObject } from './json.js';
import { parseQuery } from './parse-query.js';
import { QueryError } from './query-error.js';
import { exampleDevices, exampleJobs, exampleModules } from './twin-documents.fake.js';

const documents = {
  devices: exampleDevices,
  'devices.modules': exampleModules,
  'devices.jobs': exampleJobs,
};

function answer(text: string): readonly JsonObject[] {
  const query = parseQuery(text);
  return answerQuery(query, documents[query.source]);
}

const idsOf = (text: string): unknown[] => answer(text).map(({ deviceId }) => deviceId);

const all = ['dev-1', 'dev-2', 'Edge-3', 'dev-4'];
const devices = 'SELECT * FROM devices';

describe('of devices, whole twins', () => {
  test.each<[number, string, string[]]>([
    [1, devices, all],
    [2, "select * from devices where deviceId = 'dev-1'", ['dev-1']],
    [3, `${devices} WHERE deviceId = 'DEV-1'`, []],
    [4, `${devices} WHERE DeviceId IN ['dev-1','dev-2','zzz']`, ['dev-1', 'dev-2']],
    [5, `${devices} WHERE deviceId NIN ['dev-1','dev-2']`, ['Edge-3', 'dev-4']],
    [7, `${devices} WHERE tags.location.region = 'US'`, ['dev-1', 'dev-2']],
    [8, `${devices} WHERE tags.location.region != 'US'`, ['Edge-3']],
    [9, `${devices} WHERE tags.location.region <> 'US'`, ['Edge-3']],
    [10, `${devices} WHERE NOT tags.location.region = 'US'`, ['Edge-3']],
    [11, `${devices} WHERE NOT IS_DEFINED(tags.location)`, ['dev-4']],
    [12, `${devices} WHERE IS_DEFINED(properties.reported.battery)`, ['dev-1', 'dev-2', 'dev-4']],
    [13, `${devices} WHERE properties.reported.battery > 20`, ['dev-1']],
    [14, `${devices} WHERE properties.reported.battery = '80'`, ['dev-4']],
    [15, `${devices} WHERE properties.reported.battery = 80.0`, ['dev-1']],
    [16, `${devices} WHERE properties.reported.battery + 5 = 20`, ['dev-2']],
    [17, `${devices} WHERE properties.reported.on = true`, ['dev-1']],
    [18, `${devices} WHERE properties.reported.on`, ['dev-1']],
    [19, `${devices} WHERE properties.reported.tc`, []],
    [20, `${devices} WHERE tags.location = tags.location`, []],
    [21, `${devices} WHERE tags.[[group]].name = 'g'`, ['Edge-3']],
    [23, `${devices} WHERE capabilities.iotEdge = true`, ['Edge-3']],
    [24, `${devices} WHERE configurations.[[c-1]].status = 'Applied'`, ['Edge-3']],
    [25, `${devices} WHERE status='enabled' AND connectionState='Connected'`, ['dev-1']],
    [26, `${devices} WHERE STARTSWITH(devices.deviceId, 'dev-')`, ['dev-1', 'dev-2', 'dev-4']],
    [27, `${devices} WHERE not startswith(deviceId,'dev-')`, ['Edge-3']],
    [29, `${devices} WHERE tags.floor = 1 OR tags.location.region = 'DE'`, ['dev-1', 'Edge-3']],
    [30, `${devices} WHERE tags.floor = 0x2`, ['dev-2']],
    [31, `${devices} WHERE tags.x.y.z = undefined`, []],
    [43, 'SELECT TOP 2 * FROM devices', ['dev-1', 'dev-2']],
    [45, `${devices} WHERE ARRAY_CONTAINS(properties.reported.arr, 2)`, ['dev-4']],
  ])('query-language A9.%i: %s', (_number, text, ids) => {
    expect(idsOf(text)).toEqual(ids);
    expect(parseQuery(text).selection).toEqual({ kind: 'all' });
  });
});

describe('rows of other forms', () => {
  const status = 'properties.reported.tc.status';
  test.each<[number, string, JsonObject[]]>([
    [32, 'SELECT COUNT() AS n FROM devices', [{ n: 4 }]],
    [33, 'SELECT COUNT() AS n FROM devices WHERE tags.floor > 9', [{ n: 0 }]],
    [
      34,
      `SELECT ${status} AS s, COUNT() AS n FROM devices GROUP BY ${status}`,
      [{ s: 'Success', n: 1 }, { s: 'Pending', n: 1 }, { n: 2 }],
    ],
    [
      35,
      "SELECT AVG(properties.reported.battery) AS a, MIN(properties.reported.battery) AS lo FROM devices WHERE tags.location.region='US'",
      [{ a: 47.5, lo: 15 }],
    ],
    [
      36,
      'SELECT deviceId, tags.floor AS f FROM devices WHERE tags.floor>=1',
      [
        { deviceId: 'dev-1', f: 1 },
        { deviceId: 'dev-2', f: 2 },
      ],
    ],
    [
      38,
      "select deviceId from devices.modules where moduleId = '$edgeAgent'",
      [{ deviceId: 'Edge-3' }],
    ],
  ])('query-language A9.%i: %s', (_number, text, rows) => {
    expect(answer(text)).toEqual(rows);
  });
});

describe('modules and jobs', () => {
  const modules = 'SELECT * FROM devices.modules';
  test.each<[number, string, readonly JsonObject[]]>([
    [37, modules, exampleModules],
    [39, `${modules} WHERE devices.deviceId='dev-1'`, exampleModules.slice(2)],
    [40, "SELECT * FROM devices.jobs WHERE devices.jobs.status='failed'", exampleJobs.slice(1)],
  ])('query-language A9.%i: %s', (_number, text, rows) => {
    expect(answer(text)).toEqual(rows);
  });
});

describe('what is refused', () => {
  test.each<[number, string, string]>([
    [6, `${devices} WHERE deviceId IN ('dev-1')`, 'column 41: IN takes a list in square brackets'],
    [22, `${devices} WHERE tags.group.name = 'g'`, 'column 34: group is a word of the language'],
    [28, `${devices} WHERE STARTS_WITH(deviceId,'dev-')`, "Write STARTSWITH(deviceId, 'a')"],
    [41, 'SELECT COUNT() AS n FROM devices.jobs', 'whole rows only: SELECT *'],
    [42, `${devices} ORDER BY deviceId`, 'ORDER is not part of this language'],
    [44, 'SELECT * FROM modules', 'Nothing can be queried FROM modules'],
  ])('query-language A9.%i: %s', (_number, text, message) => {
    expect(() => parseQuery(text)).toThrow(QueryError);
    expect(() => parseQuery(text)).toThrow(message);
  });
});

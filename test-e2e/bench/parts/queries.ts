/** What queries over twins take, of a hub with many beside another with as many. */
import { randomUUID } from 'node:crypto';
import { createSasToken } from '@linchpin/auth';
import { administer, createHub, type ServiceAccess } from '../../support/administration.js';
import { hub } from '../../support/hub.js';
import { makeTwins } from '../load/many-twins.js';
import type { PartResult } from '../report/figures.js';
import { formatNumber } from '../report/format-part.js';
import type { Bench } from './part.js';

const devices = 'SELECT * FROM devices WHERE ';

/** By what decides how they are found. */
const queries = [
  'SELECT * FROM devices',
  `${devices}deviceId = 'device-000777'`,
  `${devices}deviceId IN ['device-000001', 'device-000777', 'device-000999']`,
  `${devices}STARTSWITH(deviceId, 'device-0007')`,
  `${devices}tags.region = 'DE'`,
  `${devices}tags.plant = 'P77'`,
  `${devices}tags.serial = 'S777'`,
  `${devices}status = 'disabled' AND tags.plant = 'P50'`,
  `${devices}properties.reported.firmware.status = 'failed'`,
  `${devices}properties.reported.ip = '10.9.3.1'`,
  `${devices}properties.reported.battery > 98`,
  `${devices}connectionState = 'Connected'`,
  `${devices}NOT IS_DEFINED(tags.owner)`,
  'SELECT COUNT() AS n FROM devices',
  'SELECT tags.region, COUNT() AS n FROM devices GROUP BY tags.region',
  'SELECT AVG(properties.reported.battery) AS a FROM devices',
  "SELECT * FROM devices.modules WHERE moduleId = '$edgeAgent'",
];

export async function runQueries({ settings, say }: Bench): Promise<readonly PartResult[]> {
  const { twins, repetitions } = settings.queries;
  const names = [`queried-${randomUUID()}`, `beside-${randomUUID()}`] as const;
  const access = await createHub(names[0], `${names[0]}.example.net`);
  await createHub(names[1], `${names[1]}.example.net`);
  for (const name of names) {
    say(`queries: making ${twins} twins …`);
    await makeTwins(name, twins);
  }
  const table = [['first page', 'rows', 'KiB', 'p50, ms', 'p99, ms']];
  for (const query of queries) {
    say(`queries: ${query} …`);
    table.push([
      query.replace(devices, '… WHERE '),
      ...(await measure(access, query, repetitions)),
    ]);
  }
  for (const name of names) {
    await administer('DELETE', `/${name}`);
  }
  return [
    {
      title: `Queries: ${twins.toLocaleString('en-US')} twins in a hub, as many in another`,
      notes: [
        `POST /devices/query, one after the other, ${repetitions} times each; a page has 1,000 rows at most. A hundredth ` +
          'of the devices have a module. Pages of rare values come by an index, those of common ones by names in order; ' +
          'ranges, NOT and aggregates read every twin of the hub that they name (`query-plans.int.test.ts`).',
      ],
      rounds: new Map(),
      comparisons: [],
      table,
    },
  ];
}

/** Rows, size, median and 99th percentile. */
async function measure(
  access: ServiceAccess,
  query: string,
  repetitions: number,
): Promise<readonly string[]> {
  const times: number[] = [];
  let text = await ask(access, query);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const begun = performance.now();
    text = await ask(access, query);
    times.push(performance.now() - begun);
  }
  times.sort((a, b) => a - b);
  const quantile = (share: number): string =>
    formatNumber(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN);
  const rows = (JSON.parse(text) as unknown[]).length;
  return [String(rows), String(Math.ceil(text.length / 1024)), quantile(0.5), quantile(0.99)];
}

async function ask({ host, owner }: ServiceAccess, query: string): Promise<string> {
  const expiresAt = new Date(Date.now() + 3_600_000);
  const token = { audience: host, key: owner.key, policy: owner.name, expiresAt };
  const response = await fetch(`https://${hub.host}/devices/query?api-version=2021-04-12`, {
    method: 'POST',
    headers: { Authorization: createSasToken(token), 'Content-Type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${query} was answered with ${response.status}: ${text}`);
  }
  return text;
}

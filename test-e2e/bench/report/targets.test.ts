import { expect, test } from '@jest/globals';
import type { Figures, PartResult } from './figures.js';
import { targetRows } from './targets.js';

function part(linchpin: readonly Figures[], aedes: readonly Figures[]): PartResult {
  const rounds = new Map([
    ['Linchpin', linchpin],
    ['aedes', aedes],
  ]);
  return { title: 'a part', notes: [], rounds, comparisons: [] };
}

test('a multiple of aedes is the median of each round’s own, and held up to the bound', () => {
  const own = [12, 40, 30].map((us) => ({ serverUsPerMessage: us }));
  const aedes = [10, 20, 30].map((us) => ({ serverUsPerMessage: us }));

  expect(targetRows(new Map([['saturated', [part(own, aedes)]]]))).toEqual([
    ['target', 'at most', 'measured', ''],
    ['Gateway CPU for a saturated QoS 1 message', '1.2 × aedes', '1.20 × aedes', 'held'],
  ]);
});

test('a figure of the hub’s own is missed above its bound, whatever aedes does', () => {
  const own = [11, 12.1, 13].map((ms) => ({ pubackP99: ms }));

  expect(targetRows(new Map([['offered', [part(own, [{ pubackP99: 99 }])]]]))[1]).toEqual([
    'p99 of PUBACK at the offered load',
    '12 ms',
    '12.1 ms',
    'missed',
  ]);
});

test('a subject of the hub’s own may be what another is a multiple of', () => {
  const rounds = new Map([
    ['Linchpin, WebSocket', [{ serverUsPerMessage: 5.2 }]],
    ['Linchpin, TCP', [{ serverUsPerMessage: 4 }]],
    ['aedes, TCP', [{ serverUsPerMessage: 1 }]],
  ]);
  const websocket = { title: 'a part', notes: [], rounds, comparisons: [] };

  expect(targetRows(new Map([['websocket', [websocket]]]))[1]).toEqual([
    'Gateway CPU for a message in a WebSocket',
    '1.3 × TCP',
    '1.30 × TCP',
    'held',
  ]);
});

test('a part has all of its targets, and one that did not run has none', () => {
  const own = [{ idleKib: 50, serverUsPerConnect: 4_000 }];
  const aedes = [{ idleKib: 40, serverUsPerConnect: 2_500 }];

  expect(targetRows(new Map([['idle', [part(own, aedes)]]])).slice(1)).toEqual([
    ['RSS of an idle TLS connection', '48 KiB', '50.0 KiB', 'missed'],
    ['Gateway CPU for a connect', '2 × aedes', '1.60 × aedes', 'held'],
  ]);
  expect(targetRows(new Map())).toHaveLength(1);
});

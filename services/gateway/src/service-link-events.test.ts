import { expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics } from '@linchpin/platform/metrics';
import { HubError } from '@linchpin/wire';
import { fakeGrant } from './domain/authenticator.fake.js';
import { ServiceLinkEvents } from './service-link-events.js';

function setUp() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as never) };
  const metrics = createMetrics('gateway');
  let nowMs = 0;
  const logger = createLogger({ service: 'gateway', level: 'info', destination });
  const events = new ServiceLinkEvents(logger, metrics, () => nowMs);
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { events, lines, metrics, pass };
}

const facts = { linkId: 'l1', remoteAddress: '192.0.2.1', kind: 'feedback' };
const grant = { ...fakeGrant, policy: 'service', rights: 4, expiresAt: new Date(0) };

test('a link is counted while it is open, and told of when it ends', async () => {
  const { events, lines, metrics, pass } = setUp();
  const record = events.opened(facts, grant);
  expect(await metrics.metrics()).toContain(
    'linchpin_gateway_service_links{hub="h",kind="feedback",service="gateway"} 1',
  );
  record.messages = 3;
  pass(1_500);
  events.ended(record, 'revoked');
  expect(await metrics.metrics()).not.toContain('kind="feedback"');
  expect(await metrics.metrics()).toContain(
    'linchpin_gateway_service_links_ended_total{cause="revoked",service="gateway"} 1',
  );
  expect(lines).toMatchObject([
    {
      msg: 'service link ended',
      ...facts,
      hub: 'h',
      policy: 'service',
      cause: 'revoked',
      messages: 3,
      durationMs: 1_500,
    },
  ]);
});

test.each<[string, unknown, string]>([
  ['info', new HubError('IotHubUnauthorizedAccess', 'no'), 'IotHubUnauthorizedAccess'],
  ['error', new TypeError('a fault of ours'), 'TypeError'],
])('a refusal is told of at %s', async (level, error, reason) => {
  const { events, lines, metrics } = setUp();
  events.refused(facts, error);
  expect(lines).toMatchObject([
    { level, msg: 'service link refused', errorCode: reason, ...facts },
  ]);
  expect(await metrics.metrics()).toContain(
    `linchpin_gateway_service_links_refused_total{reason="${reason}",service="gateway"} 1`,
  );
});

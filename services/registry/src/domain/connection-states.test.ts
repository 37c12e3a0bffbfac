import { expect, test } from '@jest/globals';
import { latestReports, type ConnectionReport } from './connection-states.js';

function report(sequence: number, overrides: Partial<ConnectionReport> = {}): ConnectionReport {
  return {
    hub: 'hub1',
    deviceId: 'd1',
    moduleId: undefined,
    generationId: '1',
    state: 'Connected',
    sequenceNumber: sequence.toString(16).toUpperCase().padStart(64, '0'),
    occurredAt: new Date(sequence),
    ...overrides,
  };
}

test('keeps the last report of each identity, in whatever order they come', () => {
  const last = report(11, { state: 'Disconnected' });
  const ofModule = report(1, { moduleId: 'm1' });
  const ofAnotherHub = report(2, { hub: 'hub2' });
  const ofAnotherGeneration = report(3, { generationId: '2' });
  const reports = [report(9), last, ofModule, report(10), ofAnotherHub, ofAnotherGeneration];
  expect(latestReports(reports)).toEqual([last, ofModule, ofAnotherHub, ofAnotherGeneration]);
});

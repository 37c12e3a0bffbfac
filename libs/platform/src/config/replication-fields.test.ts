import { expect, test } from '@jest/globals';
import { toReplication } from './replication-fields.js';

function replication(profile: 'production' | 'dev', factor: number, minimum: number) {
  return toReplication({
    LINCHPIN_PROFILE: profile,
    LINCHPIN_KAFKA_REPLICATION_FACTOR: factor,
    LINCHPIN_KAFKA_MIN_INSYNC_REPLICAS: minimum,
  });
}

test('one copy is enough for development alone', () => {
  expect(replication('dev', 1, 1)).toEqual({ replicationFactor: 1, minInsyncReplicas: 1 });
  expect(replication('production', 3, 2)).toEqual({ replicationFactor: 3, minInsyncReplicas: 2 });
  expect(() => replication('production', 3, 1)).toThrow('LINCHPIN_PROFILE=dev allows less');
});

test('no more copies can be in sync than there are', () => {
  expect(() => replication('dev', 1, 2)).toThrow('LINCHPIN_KAFKA_REPLICATION_FACTOR');
});

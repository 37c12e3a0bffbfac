import type { z } from 'zod';
import type { ReplicationSpec } from '../kafka/topics.js';
import { integer, orDefault } from './fields.js';

/** The variables of a process that makes topics or checks them. */
export const replicationFields = {
  LINCHPIN_KAFKA_REPLICATION_FACTOR: orDefault(integer(1, 100), 3),
  LINCHPIN_KAFKA_MIN_INSYNC_REPLICAS: orDefault(integer(1, 100), 2),
};

type ReplicationVariables = z.output<z.ZodObject<typeof replicationFields>> & {
  readonly LINCHPIN_PROFILE: 'production' | 'dev';
};

/**
 * What is acknowledged must outlive the loss of one broker, so that one copy is not enough but for
 * development.
 *
 * @throws Error when the variables ask for less, or contradict each other
 */
export function toReplication(variables: ReplicationVariables): ReplicationSpec {
  const replicationFactor = variables.LINCHPIN_KAFKA_REPLICATION_FACTOR;
  const minInsyncReplicas = variables.LINCHPIN_KAFKA_MIN_INSYNC_REPLICAS;
  if (minInsyncReplicas > replicationFactor) {
    throw new Error(
      'LINCHPIN_KAFKA_MIN_INSYNC_REPLICAS must not be greater than LINCHPIN_KAFKA_REPLICATION_FACTOR',
    );
  }
  if (minInsyncReplicas < 2 && variables.LINCHPIN_PROFILE !== 'dev') {
    throw new Error(
      'LINCHPIN_KAFKA_MIN_INSYNC_REPLICAS must be at least 2, or acknowledged messages are lost with one broker; LINCHPIN_PROFILE=dev allows less',
    );
  }
  return { replicationFactor, minInsyncReplicas };
}

import { z } from 'zod';
import type { KafkaConnection } from '../kafka/kafka-connection.js';
import { flag, formatHostPort, hostPorts, orDefault, pemFiles } from './fields.js';

/** The variables of every process that speaks to Kafka. */
export const kafkaFields = {
  LINCHPIN_KAFKA_BROKERS: hostPorts.transform((brokers) => brokers.map(formatHostPort)),
  LINCHPIN_TOPIC_PREFIX: orDefault(
    z
      .string()
      .regex(/^[a-zA-Z0-9._-]{1,100}$/, 'must be letters, digits, ".", "_" or "-"')
      // Of one deployment's hub are all groups that begin with `<prefix>.events.<hub>.`: no other's names may.
      .refine((prefix) => !`${prefix}.`.includes('.events.'), 'must not have ".events" as a part'),
    'linchpin',
  ),
  LINCHPIN_KAFKA_TLS: orDefault(flag, false),
  LINCHPIN_KAFKA_TLS_CA_FILE: pemFiles.optional(),
  LINCHPIN_KAFKA_SASL_MECHANISM: z.enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']).optional(),
  LINCHPIN_KAFKA_SASL_USERNAME: z.string().optional(),
  LINCHPIN_KAFKA_SASL_PASSWORD: z.string().optional(),
};

type KafkaVariables = z.output<z.ZodObject<typeof kafkaFields>>;

/** @throws Error when SASL is asked for without a name or a password */
export function toKafkaConnection(variables: KafkaVariables, clientId: string): KafkaConnection {
  const mechanism = variables.LINCHPIN_KAFKA_SASL_MECHANISM;
  const username = variables.LINCHPIN_KAFKA_SASL_USERNAME;
  const password = variables.LINCHPIN_KAFKA_SASL_PASSWORD;
  if (mechanism !== undefined && (username === undefined || password === undefined)) {
    throw new Error(
      'LINCHPIN_KAFKA_SASL_MECHANISM needs LINCHPIN_KAFKA_SASL_USERNAME and LINCHPIN_KAFKA_SASL_PASSWORD',
    );
  }
  return {
    brokers: variables.LINCHPIN_KAFKA_BROKERS,
    clientId,
    ...(variables.LINCHPIN_KAFKA_TLS && {
      tls: { authority: variables.LINCHPIN_KAFKA_TLS_CA_FILE?.join('\n') },
    }),
    ...(mechanism !== undefined &&
      username !== undefined &&
      password !== undefined && { sasl: { mechanism, username, password } }),
  };
}

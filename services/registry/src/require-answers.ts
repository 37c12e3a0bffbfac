import { pingKafka, type createKafkaJs } from '@linchpin/platform/kafka';
import { requireAnswer } from '@linchpin/platform/lifecycle';

interface AskedEngines {
  readonly database: { ping(): Promise<void> };
  readonly kafka: ReturnType<typeof createKafkaJs>;
}

/** @throws SettingFault that names the engine that does not answer, and the variable that says where it is */
export async function requireAnswers({ database, kafka }: AskedEngines): Promise<void> {
  await requireAnswer('PostgreSQL', 'LINCHPIN_POSTGRES_URL', () => database.ping());
  await requireAnswer('Kafka', 'LINCHPIN_KAFKA_BROKERS', () => pingKafka(kafka));
}

import { pingKafka, type createKafkaJs } from '@linchpin/platform/kafka';

interface AskedEngines {
  readonly database: { ping(): Promise<void> };
  readonly kafka: ReturnType<typeof createKafkaJs>;
}

/** @throws Error that names the engine that does not answer, and the variable that says where it is */
export async function requireAnswers({ database, kafka }: AskedEngines): Promise<void> {
  await requireAnswer('PostgreSQL', 'LINCHPIN_POSTGRES_URL', () => database.ping());
  await requireAnswer('Kafka', 'LINCHPIN_KAFKA_BROKERS', () => pingKafka(kafka));
}

async function requireAnswer(
  engine: string,
  variable: string,
  ask: () => Promise<void>,
): Promise<void> {
  try {
    await ask();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${engine} does not answer where ${variable} says: ${reason}`, {
      cause: error,
    });
  }
}

/** Where the engines are that `npm test` started for tests; see `deploy/local/README.md`. */
export interface TestEngines {
  readonly kafkaBrokers: string[];
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** For `BlobAccount`. */
  readonly blobConnectionString: string;
}

/** @throws Error that says how to start them */
export function testEngines(): TestEngines {
  return {
    kafkaBrokers: read('LINCHPIN_TEST_KAFKA_BROKERS').split(','),
    postgresUrl: read('LINCHPIN_TEST_POSTGRES_URL'),
    redisUrl: read('LINCHPIN_TEST_REDIS_URL'),
    blobConnectionString: read('LINCHPIN_TEST_BLOB_CONNECTION_STRING'),
  };
}

function read(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run \`npm test\`, which starts the engines`);
  }
  return value;
}

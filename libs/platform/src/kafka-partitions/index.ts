/**
 * Partitions written and read one by one, as gateways do. Apart from `kafka`, since the library below takes more
 * than half a second of a processor to load.
 */
export { BatchingProducer, type PartitionLog, type ProducerObserver } from './batching-producer.js';
export { isKafkaError } from './broker-error.js';
export type { PartitionExtent } from './fetch-transport.js';
export { partitionFor } from './partition-for.js';
export type { AppendableRecord } from './partition-queue.js';
export type { PartitionReader, PartitionReaderHandlers } from './partition-reader.js';
export { PartitionReaders, type ReadersObserver } from './partition-readers.js';
export type { StoredRecord } from './record-cursor.js';

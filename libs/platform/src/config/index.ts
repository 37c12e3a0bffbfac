export { isGiven, readEnvironment, type Environment } from './environment.js';
export {
  commaList,
  flag,
  formatHostPort,
  hostPort,
  hostPorts,
  integer,
  orDefault,
  pemFiles,
  postgresUrl,
  redisUrl,
  type HostPort,
} from './fields.js';
export { loadOrExit } from './load-or-exit.js';
export {
  processFields,
  toGrpcTls,
  toProcessConfig,
  type GrpcTls,
  type ProcessConfig,
} from './process-fields.js';
export { kafkaFields, toKafkaConnection } from './kafka-fields.js';
export { replicationFields, toReplication } from './replication-fields.js';
export { masterKeys, type MasterKeys } from './master-keys.js';
export { networks } from './networks.js';
export { tlsFields, toServerTls, type ServerTls } from './tls-fields.js';

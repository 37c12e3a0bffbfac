/**
 * Every port a hub uses, each with its variable. The three that the SDKs hard-wire stand as they
 * are; all others can be moved together by LINCHPIN_PORT_OFFSET, so that a second hub needs one
 * number to live beside the first.
 */
import { readWholeNumber, type Environment } from './environment.js';

interface PortRow {
  readonly variable: string;
  readonly standard: number;
  readonly moves: boolean;
}

/** One row per port: its variable and where it lies when nobody says otherwise. */
export const portTable = {
  mqtt: { variable: 'LINCHPIN_MQTT_PORT', standard: 8883, moves: false },
  amqp: { variable: 'LINCHPIN_AMQP_PORT', standard: 5671, moves: false },
  https: { variable: 'LINCHPIN_HTTPS_PORT', standard: 443, moves: false },
  postgres: { variable: 'LINCHPIN_POSTGRES_PORT', standard: 15432, moves: true },
  redis: { variable: 'LINCHPIN_REDIS_PORT', standard: 16379, moves: true },
  kafka: { variable: 'LINCHPIN_KAFKA_PORT', standard: 19092, moves: true },
  // Event Hubs' own port; but Kafka's clients take any.
  kafkaReaders: { variable: 'LINCHPIN_KAFKA_READERS_PORT', standard: 9093, moves: true },
  blob: { variable: 'LINCHPIN_BLOB_PORT', standard: 16400, moves: true },
  kafkaController: { variable: 'LINCHPIN_KAFKA_CONTROLLER_PORT', standard: 19093, moves: true },
  registryGrpc: { variable: 'LINCHPIN_REGISTRY_GRPC_PORT', standard: 17401, moves: true },
  registryProbe: { variable: 'LINCHPIN_REGISTRY_PROBE_PORT', standard: 17402, moves: true },
  fileUploadGrpc: { variable: 'LINCHPIN_FILE_UPLOAD_GRPC_PORT', standard: 17405, moves: true },
  fileUploadProbe: { variable: 'LINCHPIN_FILE_UPLOAD_PROBE_PORT', standard: 17406, moves: true },
  twinGrpc: { variable: 'LINCHPIN_TWIN_GRPC_PORT', standard: 17407, moves: true },
  twinProbe: { variable: 'LINCHPIN_TWIN_PROBE_PORT', standard: 17408, moves: true },
  cloudToDeviceGrpc: {
    variable: 'LINCHPIN_CLOUD_TO_DEVICE_GRPC_PORT',
    standard: 17409,
    moves: true,
  },
  cloudToDeviceProbe: {
    variable: 'LINCHPIN_CLOUD_TO_DEVICE_PROBE_PORT',
    standard: 17410,
    moves: true,
  },
  apiHttps: { variable: 'LINCHPIN_API_HTTPS_PORT', standard: 17411, moves: true },
  apiProbe: { variable: 'LINCHPIN_API_PROBE_PORT', standard: 17412, moves: true },
  gatewayGrpc: { variable: 'LINCHPIN_GATEWAY_GRPC_PORT', standard: 17421, moves: true },
  gatewayProbe: { variable: 'LINCHPIN_GATEWAY_PROBE_PORT', standard: 17422, moves: true },
  gatewayMqtt: { variable: 'LINCHPIN_GATEWAY_MQTT_PORT', standard: 17423, moves: true },
  gatewayAmqp: { variable: 'LINCHPIN_GATEWAY_AMQP_PORT', standard: 17424, moves: true },
  gatewayHttps: { variable: 'LINCHPIN_GATEWAY_HTTPS_PORT', standard: 17425, moves: true },
} as const satisfies Record<string, PortRow>;

export type PortName = keyof typeof portTable;
export type Ports = Readonly<Record<PortName, number>>;

/** Gateway i (from 1) has the five gateway ports, each moved by (i − 1) times this. */
const gatewayPortStep = 10;

/** So many gateways fit below the next port of the table at any offset. */
export const gatewaysMax = 16;

export function readPorts(env: Environment, faults: string[]): Ports {
  const offset = readWholeNumber(env, 'LINCHPIN_PORT_OFFSET', { min: 0, max: 40_000 }, faults) ?? 0;
  const entries = Object.entries(portTable).map(([name, row]: [string, PortRow]) => {
    const port = readWholeNumber(env, row.variable, { min: 1, max: 65_535 }, faults);
    return [name, port ?? row.standard + (row.moves ? offset : 0)] as const;
  });
  return Object.fromEntries(entries) as Record<PortName, number>;
}

/** Which of the gateway's ports belongs to gateway `index`, counted from 1. */
export function gatewayPort(
  ports: Ports,
  name: Extract<PortName, `gateway${string}`>,
  index: number,
): number {
  return ports[name] + (index - 1) * gatewayPortStep;
}

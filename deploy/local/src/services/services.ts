/** The hub's services as steps of the plan: their variables, ports and what each needs first. */
import { join } from 'node:path';
import { formatHostPort } from '@linchpin/platform/config';
import type { LocalConfig } from '../config.js';
import { readinessProbe } from '../engines/probes.js';
import { gatewayPort } from '../ports.js';
import type { Launch, ProcessStep, Step, TaskStep } from '../supervisor/plan.js';
import type { CertificateFiles } from '../tls/certificate-files.js';
import { serviceEnvironment } from './service-environment.js';

export interface ServicesSetup {
  readonly config: LocalConfig;
  readonly gateways: number;
  readonly certificates: CertificateFiles;
  /** Secrets go by file, so that no environment holds one. */
  readonly postgresUrlFile: string;
  readonly redisUrlFile: string;
  readonly masterKeysFile: string;
  readonly adminTokenFile: string;
  readonly kafkaBrokers: string;
}

/** On top of the drain: the time a process takes to notice the signal and to exit. */
const stopGraceMs = 5_000;

const loopback = '127.0.0.1';
const loopbackNetworks = '127.0.0.0/8,::1/128';

export function servicesPlan(setup: ServicesSetup): readonly Step[] {
  const gateways = Array.from({ length: setup.gateways }, (_, i) => gatewayStep(setup, i + 1));
  return [
    ...registrySteps(setup),
    ...fileUploadSteps(setup),
    ...cloudToDeviceSteps(setup),
    ...twinSteps(setup),
    apiStep(setup),
    gatewayTask(setup),
    ...gateways,
  ];
}

function registrySteps(setup: ServicesSetup): readonly Step[] {
  const { ports, defaultDomain } = setup.config;
  const variables = {
    ...kafkaVariables(setup),
    LINCHPIN_POSTGRES_URL_FILE: setup.postgresUrlFile,
    LINCHPIN_MASTER_KEYS_FILE: setup.masterKeysFile,
    LINCHPIN_DEFAULT_DOMAIN: defaultDomain,
    LINCHPIN_GRPC_LISTEN: `${loopback}:${ports.registryGrpc}`,
  };
  return [
    task(setup, 'registry', variables, ['postgres', 'kafka']),
    service(setup, 'registry', {
      variables,
      needs: ['registry-prepare'],
      uses: [],
      port: ports.registryGrpc,
      probePort: ports.registryProbe,
    }),
  ];
}

function fileUploadSteps(setup: ServicesSetup): readonly Step[] {
  const { ports } = setup.config;
  const variables = {
    LINCHPIN_POSTGRES_URL_FILE: setup.postgresUrlFile,
    LINCHPIN_MASTER_KEYS_FILE: setup.masterKeysFile,
    LINCHPIN_GRPC_LISTEN: `${loopback}:${ports.fileUploadGrpc}`,
    LINCHPIN_REGISTRY_ADDRESS: `${loopback}:${ports.registryGrpc}`,
    LINCHPIN_BLOB_HOSTS: blobHosts(setup),
    LINCHPIN_BLOB_CA_FILE: setup.certificates.authorityFile,
  };
  return [
    task(setup, 'file-upload', variables, ['postgres']),
    service(setup, 'file-upload', {
      variables,
      needs: ['file-upload-prepare', 'registry'],
      // A job that runs is handed back at its end, and reads and writes blobs until then.
      uses: ['azurite'],
      port: ports.fileUploadGrpc,
      probePort: ports.fileUploadProbe,
    }),
  ];
}

function twinSteps(setup: ServicesSetup): readonly Step[] {
  const { ports } = setup.config;
  const variables = {
    ...kafkaVariables(setup),
    LINCHPIN_POSTGRES_URL_FILE: setup.postgresUrlFile,
    LINCHPIN_MASTER_KEYS_FILE: setup.masterKeysFile,
    LINCHPIN_GRPC_LISTEN: `${loopback}:${ports.twinGrpc}`,
    LINCHPIN_REGISTRY_ADDRESS: `${loopback}:${ports.registryGrpc}`,
    LINCHPIN_REDIS_URL_FILE: setup.redisUrlFile,
  };
  return [
    task(setup, 'twin', variables, ['postgres']),
    service(setup, 'twin', {
      variables,
      needs: ['twin-prepare', 'registry', 'redis', 'kafka'],
      uses: [],
      port: ports.twinGrpc,
      probePort: ports.twinProbe,
    }),
  ];
}

/** Azurite under each of its names, and what the start was told besides. */
function blobHosts({ config: { ports, environment } }: ServicesSetup): string {
  const own = [loopback, 'localhost'].map((name) => `${name}:${ports.blob}`);
  const { LINCHPIN_BLOB_HOSTS: given = '' } = environment;
  return [...own, ...(given === '' ? [] : [given])].join(',');
}

function cloudToDeviceSteps(setup: ServicesSetup): readonly Step[] {
  const { ports } = setup.config;
  const variables = {
    ...kafkaVariables(setup),
    LINCHPIN_POSTGRES_URL_FILE: setup.postgresUrlFile,
    LINCHPIN_GRPC_LISTEN: `${loopback}:${ports.cloudToDeviceGrpc}`,
    LINCHPIN_REGISTRY_ADDRESS: `${loopback}:${ports.registryGrpc}`,
    LINCHPIN_REDIS_URL_FILE: setup.redisUrlFile,
  };
  return [
    task(setup, 'cloud-to-device', variables, ['postgres']),
    service(setup, 'cloud-to-device', {
      variables,
      needs: ['cloud-to-device-prepare', 'registry', 'redis', 'kafka'],
      uses: [],
      port: ports.cloudToDeviceGrpc,
      probePort: ports.cloudToDeviceProbe,
    }),
  ];
}

/** Behind the gateways, which say for whom they ask. */
function apiStep(setup: ServicesSetup): ProcessStep {
  const { certificates, config } = setup;
  const { ports } = config;
  const { certificateFile, keyFile } = certificates.internal;
  return service(setup, 'api', {
    variables: {
      LINCHPIN_TLS_CERT_FILE: certificateFile,
      LINCHPIN_TLS_KEY_FILE: keyFile,
      LINCHPIN_HTTPS_LISTEN: `${loopback}:${ports.apiHttps}`,
      LINCHPIN_PROXY_PROTOCOL_FROM: loopbackNetworks,
      LINCHPIN_REGISTRY_ADDRESS: `${loopback}:${ports.registryGrpc}`,
      LINCHPIN_REDIS_URL_FILE: setup.redisUrlFile,
      LINCHPIN_FILE_UPLOAD_ADDRESS: `${loopback}:${ports.fileUploadGrpc}`,
      LINCHPIN_TWIN_ADDRESS: `${loopback}:${ports.twinGrpc}`,
      LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: `${loopback}:${ports.cloudToDeviceGrpc}`,
      LINCHPIN_ADMIN_TOKEN_FILE: setup.adminTokenFile,
    },
    needs: ['registry', 'redis', 'file-upload', 'twin', 'cloud-to-device'],
    uses: [],
    port: ports.apiHttps,
    probePort: ports.apiProbe,
  });
}

/** Once for all gateways. */
function gatewayTask(setup: ServicesSetup): TaskStep {
  return task(setup, 'gateway', gatewayVariables(setup, 1), ['kafka']);
}

function gatewayStep(setup: ServicesSetup, index: number): ProcessStep {
  const { ports } = setup.config;
  const isBalanced = setup.gateways > 1;
  return service(setup, 'gateway', {
    name: `gateway-${index}`,
    variables: gatewayVariables(setup, index),
    needs: ['registry', 'redis', 'gateway-prepare'],
    // Requests that are being served end first.
    uses: isBalanced ? ['api', 'load-balancer'] : ['api'],
    port: isBalanced ? gatewayPort(ports, 'gatewayMqtt', index) : ports.mqtt,
    probePort: gatewayPort(ports, 'gatewayProbe', index),
  });
}

function gatewayVariables(setup: ServicesSetup, index: number): Readonly<Record<string, string>> {
  const { ports, listenAddresses } = setup.config;
  const grpc = `${loopback}:${gatewayPort(ports, 'gatewayGrpc', index)}`;
  const isBalanced = setup.gateways > 1;
  return {
    ...kafkaVariables(setup),
    ...serverCertificateVariables(setup),
    LINCHPIN_MQTT_LISTEN: isBalanced
      ? `${loopback}:${gatewayPort(ports, 'gatewayMqtt', index)}`
      : formatEndpoints(listenAddresses, ports.mqtt),
    LINCHPIN_AMQP_LISTEN: isBalanced
      ? `${loopback}:${gatewayPort(ports, 'gatewayAmqp', index)}`
      : formatEndpoints(listenAddresses, ports.amqp),
    LINCHPIN_HTTPS_LISTEN: isBalanced
      ? `${loopback}:${gatewayPort(ports, 'gatewayHttps', index)}`
      : formatEndpoints(listenAddresses, ports.https),
    LINCHPIN_API_ADDRESS: `${loopback}:${ports.apiHttps}`,
    LINCHPIN_API_SERVER_NAME: 'linchpin.internal',
    LINCHPIN_API_CA_FILE: setup.certificates.internal.authorityFile,
    LINCHPIN_AMQP_PUBLIC_PORT: String(ports.amqp),
    LINCHPIN_PROXY_PROTOCOL_FROM: isBalanced ? loopbackNetworks : '',
    LINCHPIN_GRPC_LISTEN: grpc,
    LINCHPIN_GRPC_ADVERTISE: grpc,
    LINCHPIN_REGISTRY_ADDRESS: `${loopback}:${ports.registryGrpc}`,
    LINCHPIN_TWIN_ADDRESS: `${loopback}:${ports.twinGrpc}`,
    LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: `${loopback}:${ports.cloudToDeviceGrpc}`,
    LINCHPIN_FILE_UPLOAD_ADDRESS: `${loopback}:${ports.fileUploadGrpc}`,
    LINCHPIN_REDIS_URL_FILE: setup.redisUrlFile,
  };
}

interface ServiceOptions {
  /** When it differs from the folder: one of several. */
  readonly name?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly needs: readonly string[];
  readonly uses: readonly string[];
  readonly port: number;
  readonly probePort: number;
}

function service(setup: ServicesSetup, folder: string, options: ServiceOptions): ProcessStep {
  const { port, probePort, needs, uses, name = folder } = options;
  const variables = { ...options.variables, LINCHPIN_PROBE_LISTEN: `${loopback}:${probePort}` };
  return {
    kind: 'service',
    name,
    label: `${name} on port ${port}`,
    needs,
    uses,
    launch: launch(setup, folder, 'main.js', variables),
    port,
    probePort,
    isReady: readinessProbe({ host: loopback, port: probePort }),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: setup.config.shutdownTimeoutMs + stopGraceMs,
  };
}

/** Brings a service's tables and topics up to date. */
function task(
  setup: ServicesSetup,
  folder: string,
  variables: Readonly<Record<string, string>>,
  needs: readonly string[],
): TaskStep {
  return {
    kind: 'task',
    name: `${folder}-prepare`,
    label: `tables and topics of ${folder}`,
    needs,
    launch: launch(setup, folder, 'prepare.js', variables),
  };
}

const nodeOptions = [
  '--enable-source-maps',
  // What belongs to a request lives as long as it, which is longer than V8's 16 MiB for what is new are filled where
  // hundreds are served at once: it is copied, kept, and fills the heap. The space grows only where that is so.
  '--max-semi-space-size=64',
];

function launch(
  setup: ServicesSetup,
  folder: string,
  file: 'main.js' | 'prepare.js',
  variables: Readonly<Record<string, string>>,
): Launch {
  const { repositoryDir, environment } = setup.config;
  const cwd = join(repositoryDir, 'services', folder);
  return {
    command: [process.execPath, ...nodeOptions, join(cwd, 'dist', file)],
    env: serviceEnvironment(environment, { ...commonVariables(setup), ...variables }),
    cwd,
  };
}

function commonVariables(setup: ServicesSetup): Readonly<Record<string, string>> {
  const { internal } = setup.certificates;
  return {
    // One broker on one disk is less than the promises rest on; see docs/guarantees.md.
    LINCHPIN_PROFILE: 'dev',
    LINCHPIN_GRPC_TLS_CERT_FILE: internal.certificateFile,
    LINCHPIN_GRPC_TLS_KEY_FILE: internal.keyFile,
    LINCHPIN_GRPC_TLS_CA_FILE: internal.authorityFile,
  };
}

function kafkaVariables(setup: ServicesSetup): Readonly<Record<string, string>> {
  return {
    LINCHPIN_KAFKA_BROKERS: setup.kafkaBrokers,
    LINCHPIN_KAFKA_REPLICATION_FACTOR: '1',
    LINCHPIN_KAFKA_MIN_INSYNC_REPLICAS: '1',
  };
}

function serverCertificateVariables(setup: ServicesSetup): Readonly<Record<string, string>> {
  const { server } = setup.certificates;
  return {
    LINCHPIN_TLS_CERT_FILE: server.map(({ certificateFile }) => certificateFile).join(','),
    LINCHPIN_TLS_KEY_FILE: server.map(({ keyFile }) => keyFile).join(','),
  };
}

function formatEndpoints(addresses: readonly string[], port: number): string {
  return addresses.map((host) => formatHostPort({ host, port })).join(',');
}

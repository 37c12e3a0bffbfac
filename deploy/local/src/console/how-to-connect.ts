/** The last words of a start: where the hub is and what to paste next. */
import { relative } from 'node:path';
import { formatHostPort } from '@linchpin/platform/config';
import type { LocalConfig } from '../config.js';
import type { DefaultHub } from '../default-hub.js';
import type { HubAddresses } from '../hub.js';
import { runnerCommand, statePaths } from '../state-folder.js';

export function formatHowToConnect(
  config: LocalConfig,
  addresses: HubAddresses,
  isDetached: boolean,
): string {
  const paths = statePaths(config.stateDir);
  const { defaultHub, engines, connection } = addresses;
  const end = isDetached
    ? ['npm run status', 'npm stop'].map((word) => runnerCommand(config.stateDir, word)).join('; ')
    : 'Ctrl-C ends it';
  if (connection === undefined) {
    return [
      'the engines are ready',
      `  . ${fromHere(paths.enginesFile)}   # their addresses, as the services read them`,
      `  ${end}`,
    ].join('\n');
  }
  return [
    defaultHub === undefined ? 'all is ready but a default hub' : 'the hub is ready',
    `  devices     ${formatUrls('mqtts', config.ports.mqtt, config, defaultHub)}`,
    `              ${formatUrls('amqps', config.ports.amqp, config, defaultHub)}`,
    `  and         ${formatUrls('https', config.ports.https, config, defaultHub)}`,
    '              # back ends, WebSockets of devices and back ends',
    ...(engines.kafkaReaders === undefined
      ? []
      : [
          `  readers     kafka://${engines.kafkaReaders}   # SASL_SSL, PLAIN, user $ConnectionString: docs/kafka.md`,
        ]),
    `  . ${fromHere(paths.connectionFile)}   # ${firstVariable(connection)} and its relatives`,
    `  blobs       ${engines.blob.endpoint}   # Azurite; $AZURE_STORAGE_CONNECTION_STRING has the key`,
    ...(defaultHub === undefined
      ? []
      : [
          `  limits      ${formatLimits(defaultHub)}`,
          `  kcat -b ${engines.kafkaBrokers} -t ${defaultHub.eventsTopic} -C -o beginning   # telemetry`,
        ]),
    `  ${end}`,
  ].join('\n');
}

/** By the hub's name where this start has an address for it, else what listens, whoever is meant there. */
function formatUrls(
  scheme: 'amqps' | 'mqtts' | 'https',
  port: number,
  { hubHostNames, listenAddresses }: LocalConfig,
  hub: DefaultHub | undefined,
): string {
  const isReached =
    hub !== undefined && hubHostNames.some((name) => name.toLowerCase() === hub.hostName);
  const hosts = isReached ? [hub.hostName] : listenAddresses;
  const urls = hosts.map((host) => `${scheme}://${formatHostPort({ host, port })}`).join(' ');
  return isReached || hub === undefined ? urls : `${urls}   # for who calls it ${hub.hostName}`;
}

function firstVariable(connection: Readonly<Record<string, string>>): string {
  const names = ['IOTHUB_CONNECTION_STRING', 'IOTHUB_HOST', 'IOTHUB_CA_FILE'];
  return `$${String(names.find((name) => connection[name] !== undefined))}`;
}

function formatLimits({ limits, sku }: DefaultHub): string {
  return limits === 'tier'
    ? `those of Azure's tier ${sku}`
    : 'none (npm start -- --limits tier has those of Azure)';
}

/** As short as it can be pasted from where the command was given. */
function fromHere(path: string): string {
  const shortened = relative(process.cwd(), path);
  return shortened.startsWith('..') ? path : shortened;
}

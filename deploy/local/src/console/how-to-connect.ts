/** The last words of a start: where the hub is and what to paste next. */
import { relative } from 'node:path';
import { formatHostPort } from '@linchpin/platform/config';
import type { LocalConfig } from '../config.js';
import type { DefaultHub } from '../default-hub.js';
import type { HubAddresses } from '../hub.js';
import { statePaths } from '../state-folder.js';

export function formatHowToConnect(
  config: LocalConfig,
  addresses: HubAddresses,
  isDetached: boolean,
): string {
  const paths = statePaths(config.stateDir);
  const { defaultHub, engines } = addresses;
  const end = isDetached ? 'npm run status; npm stop' : 'Ctrl-C ends it';
  if (defaultHub === undefined) {
    return [
      'the engines are ready',
      `  . ${fromHere(paths.enginesFile)}   # their addresses, as the services read them`,
      `  ${end}`,
    ].join('\n');
  }
  const { hostName, policy } = defaultHub;
  const variables = policy === undefined ? '$IOTHUB_HOST' : '$IOTHUB_CONNECTION_STRING';
  return [
    'the hub is ready',
    `  devices     mqtts://${formatHostPort({ host: hostName, port: config.ports.mqtt })}`,
    `  back ends   https://${formatHostPort({ host: hostName, port: config.ports.https })}`,
    `  . ${fromHere(paths.connectionFile)}   # ${variables} and its relatives`,
    `  blobs       ${engines.blob.endpoint}   # Azurite; $AZURE_STORAGE_CONNECTION_STRING has the key`,
    `  limits      ${formatLimits(defaultHub)}`,
    `  kcat -b ${engines.kafkaBrokers} -t ${defaultHub.eventsTopic} -C -o beginning   # telemetry`,
    `  ${end}`,
  ].join('\n');
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

/**
 * Container URIs come from clients and from the owners of hubs, and what they name is asked by this process: they
 * are read narrowly. Only hosts that the deployment allows are ever asked, so that nobody reaches through us
 * what is not meant for him.
 */
import { HubError } from '@linchpin/wire';
import type { StorePlace } from './blob-requests.js';

/** Its path is `/container`, or `/account/container` where the account is no part of the host's name. */
export interface ContainerUri extends StorePlace {
  /** The URI without its query. */
  readonly name: string;
}

const uriLengthMax = 4_096;
const httpsPort = 443;

/** Of shared access signatures of every kind; anything else would change what is asked. */
const signatureParameters = new Set([
  ...['sv', 'ss', 'srt', 'sr', 'sp', 'st', 'se', 'sip', 'spr', 'si', 'sig', 'sdd', 'ses'],
  ...['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', 'skdutid', 'saoid', 'suoid', 'scid', 'sduoid'],
  ...['rscc', 'rscd', 'rsce', 'rscl', 'rsct'],
]);

/**
 * @param allowedHosts `host`, `host:port` or `*.domain`, where no port is 443
 * @throws HubError BlobContainerValidationError, with nothing of the URI in its text
 */
export function parseContainerUri(text: string, allowedHosts: readonly string[]): ContainerUri {
  const url = text.length <= uriLengthMax && URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url?.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === '';
  if (url === undefined || !isPlain) {
    throw refused(
      'The container must be given as an https URI, of which the query is a shared access signature.',
    );
  }
  if (!isAllowed(url, allowedHosts)) {
    throw refused(
      'The host of the container is none that this deployment may ask: its administrator must name ' +
        'it in LINCHPIN_BLOB_HOSTS of the service file-upload.',
    );
  }
  if (!/^(?:\/[A-Za-z0-9$.-]{1,63}){1,2}\/?$/.test(url.pathname)) {
    throw refused('The path of the URI must name a container, and nothing in it.');
  }
  const foreign = [...url.searchParams.keys()].find((name) => !signatureParameters.has(name));
  if (foreign !== undefined) {
    throw refused('The query of the URI must hold a shared access signature alone.');
  }
  const path = url.pathname.replace(/\/$/, '');
  return {
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: portOf(url),
    path,
    query: url.search.slice(1),
    name: `${url.origin}${path}`,
  };
}

function isAllowed(url: URL, allowedHosts: readonly string[]): boolean {
  return allowedHosts.some((allowed) => {
    const [host = '', port] = allowed.toLowerCase().split(':');
    const isHost = host.startsWith('*.')
      ? url.hostname.endsWith(host.slice(1)) && url.hostname.length > host.length - 1
      : url.hostname === host;
    return isHost && portOf(url) === Number(port ?? httpsPort);
  });
}

function portOf({ port }: URL): number {
  return port === '' ? httpsPort : Number(port);
}

function refused(message: string): HubError {
  return new HubError('BlobContainerValidationError', message);
}

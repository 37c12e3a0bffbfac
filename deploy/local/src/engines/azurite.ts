/**
 * Azurite as the hub runs it: a blob store that speaks Azure's protocol, for import and export jobs.
 * It comes as a node package of the runner, which no service depends on: what is installed to run a
 * service elsewhere carries none of it.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ProcessStep } from '../supervisor/plan.js';
import type { KeyedCertificateFiles } from '../tls/keyed-certificate.js';
import { tlsProbe } from './probes.js';

interface AzuriteOptions {
  readonly folder: string;
  readonly port: number;
  readonly account: string;
  readonly key: string;
  readonly server: KeyedCertificateFiles;
  readonly authorityFile: string;
  readonly environment: Readonly<Record<string, string>>;
}

const host = '127.0.0.1';
const stopTimeoutMs = 15_000;

export function blobEndpoint(port: number, account: string): string {
  return `https://${host}:${port}/${account}`;
}

export function prepareAzurite(options: AzuriteOptions): ProcessStep {
  const { folder, port, server } = options;
  return {
    kind: 'engine',
    name: 'azurite',
    label: `Azurite on ${host}:${port}`,
    needs: [],
    uses: [],
    launch: {
      command: [
        process.execPath,
        createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js'),
        ...['--blobHost', host, '--blobPort', String(port)],
        ...['--location', folder],
        ...['--cert', server.certificateFile, '--key', server.keyFile],
        // The account stands in the path alone, whatever name the store is called by.
        '--disableProductStyleUrl',
        // Clients of every age: what they ask for is what counts, not the version they name.
        '--skipApiVersionCheck',
        // Nor does it matter what it knows nothing of: the device SDK for Node names an encryption that is Azure's own.
        '--loose',
        '--disableTelemetry',
        // Its access log would hold the signatures of URLs.
        '--silent',
      ],
      // It reads its accounts from its environment alone; nobody but its own account sees that.
      env: { ...options.environment, AZURITE_ACCOUNTS: `${options.account}:${options.key}` },
      cwd: folder,
    },
    port,
    isReady: async (signal) => {
      await tlsProbe({ host, port }, readFileSync(options.authorityFile, 'utf8'))(signal);
    },
    stopSignal: 'SIGTERM',
    stopTimeoutMs,
  };
}

import type { Client, ServiceDefinition } from '@grpc/grpc-js';
import { CallStreams } from './call-streams.js';
import type { RpcPath } from './unary-rpc.js';

interface StreamedRpcs {
  readonly streamed: readonly RpcPath[];
  /** Those that may be sent again. */
  readonly retried: readonly RpcPath[];
  readonly streamCount: number;
}

/** From now on the client sends the streamed rpcs of its service over streams. */
export function streamRpcs(
  client: Client,
  service: ServiceDefinition,
  { streamed, retried, streamCount }: StreamedRpcs,
): void {
  const rpcs = Object.entries(service).filter(([, { path }]) => isOneOf(streamed, path));
  if (rpcs.length === 0) {
    return;
  }
  const streams = new CallStreams(client, streamCount);
  for (const [name, definition] of rpcs) {
    const value = streams.over(definition, isOneOf(retried, definition.path));
    Object.defineProperty(client, name, { value });
  }
  const close = client.close.bind(client);
  client.close = () => {
    streams.close();
    close();
  };
}

function isOneOf(paths: readonly string[], path: string): boolean {
  return paths.includes(path);
}

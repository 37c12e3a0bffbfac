import type { Query } from '@linchpin/query';
import type { JsonObject } from './json-value.js';
import type { Twin, TwinIdentity } from './twin.js';

/** A row's place in the order in which all are found. */
export interface RowKey {
  readonly deviceId: string;
  /** Empty for a device. */
  readonly moduleId: string;
}

export interface FoundTwin extends RowKey {
  readonly id: string;
}

export interface ShownTwinParts {
  readonly identity: TwinIdentity;
  readonly twin: Twin;
}

/** Where the twins of a hub are looked for. Throws HubError ServiceUnavailable, GatewayTimeout. */
export interface TwinQueryStore {
  /** What a query finds behind a place in the order of device and module, at most so many. */
  find(
    hubGeneration: string,
    query: Query,
    page: { readonly after: RowKey; readonly limit: number },
  ): Promise<readonly FoundTwin[]>;

  /**
   * By ids in the order of device and module. Those that are gone are not there, nor is what follows once those
   * before it have so many bytes of JSON.
   */
  read(ids: readonly string[], bytesMax: number): Promise<ReadonlyMap<string, ShownTwinParts>>;

  /** The rows of a query that has groups, at most so many; undefined when they have more bytes than that. */
  group(
    hubGeneration: string,
    query: Query,
    bounds: { readonly limit: number; readonly bytesMax: number },
  ): Promise<readonly JsonObject[] | undefined>;
}

import {
  regeneratedKeysMessages,
  toBulkRow,
  type BulkRegistryClient,
  type RegenerationResult,
  type RowFailure,
} from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import { HubError, isHubErrorCode, type BulkChange, type DeviceIdentityId } from '@linchpin/wire';
import type { BulkRegistry, IdentityKeys, RegeneratedKeys } from '../domain/bulk-registry.js';
import { present } from './present.js';

/** A hundred rows, behind others that change the same devices. */
const deadlineMs = 15_000;

/** Many identities, changed by the registry service. */
export class GrpcBulkRegistry implements BulkRegistry {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: BulkRegistryClient) {}

  async apply(
    hub: string,
    changes: readonly BulkChange[],
  ): Promise<readonly (HubError | undefined)[]> {
    if (changes.length === 0) {
      return [];
    }
    const { results } = await this.#calls.call(
      hub,
      this.client.applyRows.bind(this.client),
      { hub, rows: changes.map(toBulkRow) },
      { name: 'BulkRegistry/ApplyRows' },
    );
    return results.map(({ failure }) => failure && toError(failure));
  }

  async regenerateKeys(
    hub: string,
    identities: readonly DeviceIdentityId[],
    which: RegeneratedKeys,
  ): Promise<readonly (IdentityKeys | HubError)[]> {
    const { results } = await this.#calls.call(
      hub,
      this.client.regenerateKeys.bind(this.client),
      { hub, identities: [...identities], keys: regeneratedKeysMessages[which] },
      { name: 'BulkRegistry/RegenerateKeys' },
    );
    return results.map(toOutcome);
  }
}

function toOutcome({ outcome }: RegenerationResult): IdentityKeys | HubError {
  const known = present(outcome);
  return known.$case === 'keys' ? known.value : toError(known.value);
}

/** A newer registry may know codes that we don't. */
function toError({ code, message }: RowFailure): HubError {
  return new HubError(isHubErrorCode(code) ? code : 'ServerError', message);
}

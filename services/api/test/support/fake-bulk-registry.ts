/** The bulk rpcs over the rpcs of one identity each, as FakeRegistry has them. */
import { strict as assert } from 'node:assert';
import { generateSymmetricKey } from '@linchpin/auth';
import {
  BulkAction,
  type ApplyRowsRequest,
  type ApplyRowsResponse,
  type BulkRow,
  type Identity,
  type IdentityDefinition,
  type RegenerateKeysRequest,
  type RegenerateKeysResponse,
  type RowFailure,
} from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';

interface BulkRpcs extends Record<string, (request: never) => object> {
  applyRows(request: ApplyRowsRequest): ApplyRowsResponse;
  regenerateKeys(request: RegenerateKeysRequest): RegenerateKeysResponse;
}

interface OneByOne {
  find(hub: string, id: { deviceId: string; moduleId?: string | undefined }): Identity;
  create(hub: string, definition: IdentityDefinition): Identity;
  update(hub: string, definition: IdentityDefinition, ifMatch: string): Identity;
  delete(hub: string, definition: IdentityDefinition, ifMatch: string): void;
}

export function fakeBulkRpcs(registry: OneByOne): BulkRpcs {
  return {
    applyRows: ({ hub, rows }: ApplyRowsRequest): ApplyRowsResponse => ({
      results: rows.map((row) => ({
        failure: failureOf(() => {
          applyRow(registry, hub, row);
        }),
      })),
    }),
    regenerateKeys: ({ hub, identities }: RegenerateKeysRequest): RegenerateKeysResponse => ({
      results: identities.map((id) => {
        const value = { primaryKey: generateSymmetricKey(), secondaryKey: generateSymmetricKey() };
        const failure = failureOf(() => registry.find(hub, id));
        return {
          outcome:
            failure === undefined ? { $case: 'keys', value } : { $case: 'failure', value: failure },
        };
      }),
    }),
  };
}

function applyRow(registry: OneByOne, hub: string, { action, definition, ifMatch }: BulkRow): void {
  assert(definition !== undefined, 'the api sends whole rows');
  switch (action) {
    case BulkAction.CREATE:
      registry.create(hub, definition);
      return;
    case BulkAction.CREATE_OR_UPDATE:
      if (failureOf(() => registry.create(hub, definition)) !== undefined) {
        registry.update(hub, definition, ifMatch ?? '*');
      }
      return;
    case BulkAction.UPDATE:
      registry.update(hub, definition, ifMatch ?? '*');
      return;
    case BulkAction.DELETE:
      registry.delete(hub, definition, ifMatch ?? '*');
      return;
    case BulkAction.UNSPECIFIED:
      throw new Error('the api says what is to be done');
  }
}

function failureOf(work: () => unknown): RowFailure | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof HubError) {
      return { code: error.code, message: error.message };
    }
    throw error;
  }
}

import {
  bulkActionMessages,
  regeneratedKeysMessages,
  wordOf,
  type ApplyRowsRequest,
  type ApplyRowsResponse,
  type BulkAction as ActionMessage,
  type BulkRegistryService,
  type BulkRow as RowMessage,
  type RegeneratedKeys as RegeneratedKeysMessage,
  type RegenerateKeysRequest,
  type RegenerateKeysResponse,
  type RegenerationResult as RegenerationResultMessage,
  type RowFailure,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError, type BulkAction } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type {
  BulkRegistry,
  BulkRow,
  RegeneratedKeys,
  RegenerationResult,
} from '../domain/bulk-registry.js';
import type { RegistryEvents } from '../events.js';
import { fromDefinitionMessage } from './identity-message.js';

export interface BulkRegistryControllerParts {
  readonly bulk: BulkRegistry;
  readonly events: RegistryEvents;
}

export const bulkRegistryControllerParts = Symbol('BulkRegistryControllerParts');

@Controller()
export class BulkRegistryController implements RpcHandlers<typeof BulkRegistryService> {
  constructor(
    @Inject(bulkRegistryControllerParts) private readonly parts: BulkRegistryControllerParts,
  ) {}

  @GrpcMethod('BulkRegistry', 'applyRows')
  async applyRows({ hub, rows }: ApplyRowsRequest): Promise<ApplyRowsResponse> {
    const results = await this.parts.bulk.apply(hub, rows.map(fromRowMessage));
    this.parts.events.identitiesChanged(
      hub,
      results.map((result) => ('failure' in result ? 'failed' : result.done)),
    );
    return {
      results: results.map((result) =>
        'failure' in result ? { failure: toFailureMessage(result.failure) } : {},
      ),
    };
  }

  @GrpcMethod('BulkRegistry', 'regenerateKeys')
  async regenerateKeys(request: RegenerateKeysRequest): Promise<RegenerateKeysResponse> {
    const { hub } = request;
    const identities = request.identities.map(({ deviceId, moduleId }) => ({ deviceId, moduleId }));
    const which = fromKeysMessage(request.keys);
    const results = await this.parts.bulk.regenerateKeys(hub, identities, which);
    this.parts.events.identitiesChanged(
      hub,
      results.map((result) => ('failure' in result ? 'failed' : 'updated')),
    );
    return { results: results.map(toRegenerationMessage) };
  }
}

/** @throws HubError ArgumentInvalid for an enum value of a newer contract, ArgumentNull */
function fromRowMessage({ action, definition, ifMatch }: RowMessage): BulkRow {
  return {
    action: fromActionMessage(action),
    definition: fromDefinitionMessage(definition),
    ifMatch,
  };
}

function fromActionMessage(action: ActionMessage): BulkAction {
  const word = wordOf(bulkActionMessages, action);
  if (word === undefined) {
    throw new HubError('ArgumentInvalid', `The action ${String(action)} is not known.`);
  }
  return word;
}

function fromKeysMessage(keys: RegeneratedKeysMessage): RegeneratedKeys {
  const word = wordOf(regeneratedKeysMessages, keys);
  if (word === undefined) {
    throw new HubError('InvalidPolicyKey', `The choice of keys ${String(keys)} is not known.`);
  }
  return word;
}

function toRegenerationMessage(result: RegenerationResult): RegenerationResultMessage {
  return {
    outcome:
      'failure' in result
        ? { $case: 'failure', value: toFailureMessage(result.failure) }
        : { $case: 'keys', value: result.keys },
  };
}

function toFailureMessage({ code, message }: HubError): RowFailure {
  return { code, message };
}

import {
  toBulkRow,
  toIdentity,
  type BulkRegistryClient,
  type IdentityPagesClient,
} from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { BulkChange, Identity } from '@linchpin/wire';
import type {
  IdentityPosition,
  RegistryIdentities,
  RowRefusal,
} from '../domain/registry-identities.js';

interface RegistryClients {
  readonly pages: IdentityPagesClient;
  readonly bulk: BulkRegistryClient;
}

const deadlineMs = 5_000;
/** A million rows are counted, five hundred are opened. */
const longDeadlineMs = 15_000;

/** Identities, asked of the registry service. */
export class GrpcRegistryIdentities implements RegistryIdentities {
  constructor(private readonly clients: RegistryClients) {}

  async generationOf(hub: string): Promise<string> {
    const { pages } = this.clients;
    const { hubGeneration } = await callUnary(
      pages.getHubGeneration.bind(pages),
      { hub },
      { name: 'IdentityPages/GetHubGeneration', deadlineMs },
    );
    return hubGeneration;
  }

  async count(hub: string): Promise<number> {
    const { pages } = this.clients;
    const { count } = await callUnary(
      pages.countIdentities.bind(pages),
      { hub },
      { name: 'IdentityPages/CountIdentities', deadlineMs: longDeadlineMs },
    );
    return Number(count);
  }

  async list(
    hub: string,
    after: IdentityPosition | undefined,
    limit: number,
  ): Promise<readonly Identity[]> {
    const { pages } = this.clients;
    const { identities } = await callUnary(
      pages.listIdentities.bind(pages),
      { hub, after, limit },
      { name: 'IdentityPages/ListIdentities', deadlineMs: longDeadlineMs },
    );
    return identities.map(toIdentity);
  }

  async apply(
    hub: string,
    changes: readonly BulkChange[],
  ): Promise<readonly (RowRefusal | undefined)[]> {
    const { bulk } = this.clients;
    const { results } = await callUnary(
      bulk.applyRows.bind(bulk),
      { hub, rows: changes.map(toBulkRow) },
      { name: 'BulkRegistry/ApplyRows', deadlineMs: longDeadlineMs },
    );
    return results.map(({ failure }) => failure);
  }
}

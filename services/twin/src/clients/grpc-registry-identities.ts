import { toIdentity, type IdentityPagesClient, type RegistryClient } from '@linchpin/contracts';
import { actorForHub } from '@linchpin/platform/actor';
import { callUnary } from '@linchpin/platform/grpc';
import assert from 'node:assert';
import {
  toCopiedIdentity,
  type CopiedIdentity,
  type RegistryIdentities,
  type TwinSubject,
} from '../domain/identity-copy.js';

/** Shorter than a back end waits; of devices only the first request of a new twin asks. */
const deadlineMs = 4_000;

interface RegistryClients {
  readonly registry: RegistryClient;
  readonly pages: IdentityPagesClient;
}

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

  async get({ hub, hubGeneration, deviceId, moduleId }: TwinSubject): Promise<CopiedIdentity> {
    const { registry } = this.clients;
    const { identity } = await callUnary(
      registry.getIdentity.bind(registry),
      { hub, deviceId, moduleId },
      { name: 'Registry/GetIdentity', deadlineMs, actor: actorForHub('twin', hubGeneration) },
    );
    assert(identity !== undefined, 'an answer has its identity');
    return toCopiedIdentity(toIdentity(identity));
  }
}

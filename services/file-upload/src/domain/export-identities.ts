/** The work of an export job: every identity of a hub becomes a line of a blob. */
import type { Identity } from '@linchpin/wire';
import type { BlobContainer } from './blob-container.js';
import { BlockWriter } from './block-writer.js';
import { formatLine } from './export-line.js';
import type { InTurn, JobControl } from './job-control.js';
import { untilAnswered, type Patience } from './patience.js';
import {
  identitiesPerPageMax,
  type IdentityPosition,
  type RegistryIdentities,
} from './registry-identities.js';

interface ExportParts {
  readonly hub: string;
  readonly registry: RegistryIdentities;
  readonly inTurn: InTurn;
  readonly container: BlobContainer;
  readonly blobName: string;
  /** Not that of anybody else who may write the blob at the same time. */
  readonly blockPrefix: string;
  readonly excludeKeys: boolean;
  readonly control: JobControl;
  readonly patience: Patience;
}

/** Holds one page and one block in memory. Who takes the job over begins anew: the blob is as before. */
export async function exportIdentities(parts: ExportParts): Promise<number> {
  const { hub, registry, inTurn, container, blobName, excludeKeys, control, patience } = parts;
  const total = await untilAnswered(() => registry.count(hub), patience, control.signal);
  const { blockPrefix } = parts;
  const writer = new BlockWriter({ container, blobName, blockPrefix });
  let after: IdentityPosition | undefined;
  let exported = 0;
  let isLast = false;
  while (!isLast) {
    const from = after;
    const list = () => registry.list(hub, from, identitiesPerPageMax);
    const page = await untilAnswered(() => inTurn(list), patience, control.signal);
    await writer.write(page.map((identity) => formatLine(identity, excludeKeys)).join(''));
    exported += page.length;
    control.setProgress(exported / Math.max(total, exported, 1));
    after = positionOf(page.at(-1));
    isLast = page.length < identitiesPerPageMax;
  }
  await writer.commit();
  return exported;
}

function positionOf(identity: Identity | undefined): IdentityPosition | undefined {
  return identity && { deviceId: identity.deviceId, moduleId: identity.moduleId ?? '' };
}

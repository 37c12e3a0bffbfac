/** Twins in memory, with as much of their rules as answers of the api depend on. */
import { formatHubId, formatIdentityId, HubError } from '@linchpin/wire';
import type { DeviceIdentityId, HubId } from '@linchpin/wire';
import type { Twin, TwinChange, Twins } from './twins.js';

type Section = Record<string, unknown>;

interface StoredTwin {
  generationId: string;
  version: number;
  modelId: string;
  tags: Section;
  desired: Section;
  desiredVersion: number;
  reported: Section;
}

export class FakeTwins implements Twins {
  /** Every change that was asked for. */
  readonly changes: (TwinChange & { readonly hub: HubId; readonly identity: DeviceIdentityId })[] =
    [];
  readonly #twins = new Map<string, StoredTwin>();

  /** @param requireIdentity throws for who is not registered */
  constructor(
    private readonly requireIdentity: (
      hub: string,
      identity: DeviceIdentityId,
    ) => { readonly generationId: string } | undefined = () => undefined,
  ) {}

  async get(hub: HubId, identity: DeviceIdentityId): Promise<Twin> {
    return Promise.resolve(format(identity, this.#find(hub, identity)));
  }

  async update(hub: HubId, identity: DeviceIdentityId, change: TwinChange): Promise<Twin> {
    this.changes.push({ ...change, hub, identity });
    const twin = this.#find(hub, identity);
    const { etag } = format(identity, twin);
    const { ifMatch = '*', tagsJson, desiredJson, mode } = change;
    if (ifMatch !== '*' && ifMatch !== etag) {
      throw new HubError('PreconditionFailed', 'The entity tag differs.');
    }
    twin.tags = apply(mode, twin.tags, tagsJson);
    twin.desired = apply(mode, twin.desired, desiredJson);
    twin.desiredVersion += desiredJson === undefined ? 0 : 1;
    twin.version += tagsJson === undefined && desiredJson === undefined ? 0 : 1;
    return Promise.resolve(format(identity, twin));
  }

  /** As a device does. */
  report(hub: HubId, identity: DeviceIdentityId, modelId: string, reported: Section): void {
    const twin = this.#find(hub, identity);
    twin.modelId = modelId;
    twin.reported = reported;
  }

  #find(hub: HubId, identity: DeviceIdentityId): StoredTwin {
    const { generationId = '1' } = this.requireIdentity(hub.hub, identity) ?? {};
    const key = `${formatHubId(hub)}/${formatIdentityId(identity)}`;
    const twin = this.#twins.get(key) ?? {
      ...{ generationId, version: 2, modelId: '', tags: {} },
      ...{ desired: {}, desiredVersion: 1, reported: {} },
    };
    this.#twins.set(key, twin);
    return twin;
  }
}

function format(identity: DeviceIdentityId, twin: StoredTwin): Twin {
  const { version, modelId, tags, desired, desiredVersion, reported } = twin;
  const etag = Buffer.from(String(version)).toString('base64');
  const properties = {
    desired: { ...desired, $version: desiredVersion },
    reported: { ...reported, $version: 1 },
  };
  const known = { etag, cloudToDeviceMessageCount: 0, version, modelId };
  return {
    json: JSON.stringify({ ...identity, ...known, tags, properties }),
    etag,
    generationId: twin.generationId,
  };
}

function apply(mode: TwinChange['mode'], stored: Section, json: string | undefined): Section {
  if (json === undefined) {
    return stored;
  }
  const given = JSON.parse(json) as Section | null;
  return given === null ? {} : merge(mode === 'patch' ? stored : {}, given);
}

function merge(stored: Section, patch: Section): Section {
  const merged = { ...stored };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      Reflect.deleteProperty(merged, name);
    } else {
      merged[name] = isSection(value)
        ? merge(isSection(merged[name]) ? merged[name] : {}, value)
        : value;
    }
  }
  return merged;
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

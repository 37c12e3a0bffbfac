/**
 * Finds the twin of an identity. The registry decides which identities there are; rows are made when it tells
 * of them, or here, by whoever asks first.
 */
import { HubError } from '@linchpin/wire';
import { copyCurrent } from './copy-current.js';
import {
  ifThere,
  type CopiedIdentity,
  type IdentityCopy,
  type RegistryIdentities,
  type TwinSubject,
} from './identity-copy.js';
import type { StoredTwin, TwinStore } from './twin-store.js';

interface TwinRowsParts {
  readonly registry: RegistryIdentities;
  readonly copy: IdentityCopy;
  readonly store: TwinStore;
}

interface ReadTwin {
  /** As the registry has it now. */
  readonly identity: CopiedIdentity & { readonly modelId: string };
  readonly stored: StoredTwin;
}

export class TwinRows {
  constructor(private readonly parts: TwinRowsParts) {}

  /**
   * For a back end, which means whatever identity there is.
   *
   * @throws HubError IotHubNotFound, DeviceNotFound, ModuleNotFound, ServiceUnavailable
   */
  async read(subject: TwinSubject): Promise<ReadTwin> {
    const { registry, store } = this.parts;
    const [identity, found] = await Promise.all([registry.get(subject), store.find(subject)]);
    const stored =
      found?.generationId === identity.generationId ? found : await this.#make(subject, identity);
    return { identity: { ...identity, modelId: stored.modelId }, stored };
  }

  /**
   * For a device, of the generation that its connection has proven. The registry is asked only where there is
   * no such twin.
   *
   * @throws HubError as `read`; DeviceNotFound or ModuleNotFound, too, for an identity that was made again
   */
  async readForDevice(
    subject: TwinSubject & { readonly generationId: string },
  ): Promise<StoredTwin> {
    const found = await this.parts.store.find(subject);
    if (found?.generationId === subject.generationId) {
      return found;
    }
    const { stored } = await this.read(subject);
    if (stored.generationId !== subject.generationId) {
      throw identityGone(subject);
    }
    return stored;
  }

  async #make(subject: TwinSubject, identity: CopiedIdentity): Promise<StoredTwin> {
    const { registry, copy, store } = this.parts;
    const readAgain = () => ifThere(registry.get(subject));
    const [last] = await copyCurrent(copy, subject, { identities: [identity], readAgain });
    const again = last ?? (await registry.get(subject));
    const stored = await store.find(subject);
    if (stored?.generationId === again.generationId) {
      return stored;
    }
    // Of another generation though the registry was asked twice: made by a clock that goes ahead.
    await copy.remove(subject, subject.deviceId, stored === undefined ? [] : [stored.generationId]);
    await copy.put(subject, [again]);
    const replaced = await store.find(subject);
    if (replaced?.generationId !== again.generationId) {
      throw new HubError('ServiceUnavailable', 'The identity is being made anew; try again.');
    }
    return replaced;
  }
}

function identityGone({ deviceId, moduleId }: TwinSubject): HubError {
  return moduleId === undefined
    ? new HubError('DeviceNotFound', `The device ${deviceId} was deleted, or made again.`)
    : new HubError('ModuleNotFound', `The module ${moduleId} was deleted, or made again.`);
}

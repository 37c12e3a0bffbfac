/** Reading and changing twins (service-rest.md section 7, device-mqtt.md section 9). */
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '@linchpin/wire';
import { changeTwin, patchReported, type TwinChange, type TwinUpdate } from './change-twin.js';
import type { DesiredNotifier } from './desired-notifier.js';
import type { CopiedIdentity, TwinSubject } from './identity-copy.js';
import type { JsonObject, JsonValue } from './json-value.js';
import { notifyReportedChange, notifyTwinChange } from './twin-change-event.js';
import { formatDeviceProperties, formatTwin } from './twin-json.js';
import type { TwinRows } from './twin-rows.js';
import type { DesiredNotification, TwinStore } from './twin-store.js';
import { formatTwinEtag, type Twin } from './twin.js';

export interface ShownTwin {
  readonly json: JsonObject;
  readonly etag: string;
  /** Of the identity. */
  readonly generationId: string;
}

/** What a device, or module, has proven to be. */
export interface DeviceSubject extends TwinSubject {
  readonly generationId: string;
}

interface ReportedPatch {
  readonly patch: JsonValue;
  /** The version that it is for; undefined: whatever it is. */
  readonly ifVersion: number | undefined;
}

interface TwinsParts {
  readonly rows: TwinRows;
  readonly store: TwinStore;
  readonly clock: () => Date;
  readonly notifier: Pick<DesiredNotifier, 'changed'>;
}

/** So often is a change decided anew because other processes were faster. */
const attemptsMax = 20;
const pauseMsMax = 20;

export class Twins {
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(private readonly parts: TwinsParts) {}

  /** @throws HubError IotHubNotFound, DeviceNotFound, ModuleNotFound, ServiceUnavailable */
  async get(subject: TwinSubject): Promise<ShownTwin> {
    const { identity, stored } = await this.parts.rows.read(subject);
    return show(identity, stored.twin);
  }

  /**
   * @param caller aborts when nobody waits for the change any more: one that was not begun is not made then
   * @throws HubError as `get`, and PreconditionFailed, ArgumentInvalid, RequestCanceled
   */
  async update(subject: TwinSubject, update: TwinUpdate, caller: AbortSignal): Promise<ShownTwin> {
    return this.#changing(subject, caller, async () => {
      const { rows, store, clock } = this.parts;
      const { identity, stored } = await rows.read(subject);
      const now = clock();
      const change = changeTwin(stored.twin, update, now);
      const after = { ...stored.twin, ...change.after };
      if (change.after === stored.twin) {
        return show(identity, after);
      }
      const { mode } = update;
      const notified = notifyTwinChange(subject, after, { mode, change }, now);
      const notification = toNotification(change, mode);
      const event = { ...notified, occurredAt: now };
      const isStored = await store.storeChange(stored, { ...change, event, notification });
      if (isStored && notification !== undefined) {
        this.parts.notifier.changed(subject.hub, stored.id);
      }
      return isStored ? show(identity, after) : undefined;
    });
  }

  /** @throws HubError as `get` */
  async getProperties(subject: DeviceSubject): Promise<JsonObject> {
    const { twin } = await this.parts.rows.readForDevice(subject);
    return formatDeviceProperties(twin);
  }

  /**
   * @param caller as of `update`
   * @returns the version of the reported properties with the patch
   * @throws HubError as `update`, and MessageTooLarge
   */
  async patchReported(
    subject: DeviceSubject,
    { patch, ifVersion }: ReportedPatch,
    caller: AbortSignal,
  ): Promise<number> {
    return this.#changing(subject, caller, async () => {
      const { rows, store, clock } = this.parts;
      const stored = await rows.readForDevice(subject);
      const now = clock();
      const { version, reported } = stored.twin;
      const change = patchReported(reported, patch, ifVersion, now);
      const told = { patch: change.patch, reportedVersion: change.after.version };
      const event = { ...notifyReportedChange(version, told, now), occurredAt: now };
      const isStored = await store.storeReported(stored, { after: change.after, event });
      return isStored ? change.after.version : undefined;
    });
  }

  /**
   * Changes of one twin are made one after the other, so that many of them take no more than one connection to
   * PostgreSQL; with those of other processes they race, and what lost is decided anew.
   */
  async #changing<Result>(
    { hubGeneration, deviceId, moduleId = '' }: TwinSubject,
    caller: AbortSignal,
    attempt: () => Promise<Result | undefined>,
  ): Promise<Result> {
    const key = `${hubGeneration}/${deviceId}/${moduleId}`;
    const before = this.#queues.get(key) ?? Promise.resolve();
    const result = before.then(() => untilStored(attempt, caller));
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#queues.set(key, settled);
    try {
      return await result;
    } finally {
      if (this.#queues.get(key) === settled) {
        this.#queues.delete(key);
      }
    }
  }
}

async function untilStored<Result>(
  attempt: () => Promise<Result | undefined>,
  caller: AbortSignal,
): Promise<Result> {
  for (let number = 1; number <= attemptsMax; number += 1) {
    if (caller.aborted) {
      throw new HubError('RequestCanceled', 'Whoever asked for the change waits no longer.');
    }
    const result = await attempt();
    if (result !== undefined) {
      return result;
    }
    await delay(Math.random() * pauseMsMax);
  }
  throw new HubError('ServiceUnavailable', 'Others change the twin all the time; try again.', {
    retryAfterMs: 1_000,
  });
}

function show(identity: CopiedIdentity & { readonly modelId: string }, twin: Twin): ShownTwin {
  const { generationId } = identity;
  return { json: formatTwin(identity, twin), etag: formatTwinEtag(twin), generationId };
}

/** A device is told the patch, or the whole document that took the place of what was there. */
function toNotification(
  { after, desired }: TwinChange,
  mode: TwinUpdate['mode'],
): DesiredNotification | undefined {
  if (desired === undefined) {
    return undefined;
  }
  const { version, document } = after.desired;
  const told = mode === 'patch' ? desired : document;
  return { version, json: JSON.stringify({ ...told, $version: version }) };
}

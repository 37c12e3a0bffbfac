import { formatHubId, type HubId } from '@linchpin/wire';
import type { UploadSettings, UploadSettingsSource } from './device-upload.js';

interface RecentUploadSettingsParts {
  readonly source: UploadSettingsSource;
  /** In ms; only goes forward. */
  readonly clock: () => number;
}

interface RecentSettings {
  readonly settings: Promise<UploadSettings>;
  readonly staleAtMs: number;
}

/** A key that its owner takes away, or a container that he changes, counts so much longer. */
const keptMs = 2_000;
const keptMax = 1_000;

/** Many devices of a hub that upload at once, as after an outage, ask the registry once. */
export class RecentUploadSettings implements UploadSettingsSource {
  readonly #recent = new Map<string, RecentSettings>();

  constructor(private readonly parts: RecentUploadSettingsParts) {}

  async get(hub: HubId): Promise<UploadSettings> {
    const { source, clock } = this.parts;
    this.#forgetStale();
    const name = formatHubId(hub);
    const recent = this.#recent.get(name);
    if (recent !== undefined) {
      return recent.settings;
    }
    const asked = { settings: source.get(hub), staleAtMs: clock() + keptMs };
    this.#recent.set(name, asked);
    try {
      return await asked.settings;
    } catch (error) {
      if (this.#recent.get(name) === asked) {
        this.#recent.delete(name);
      }
      throw error;
    }
  }

  /** In the order in which they were asked for, so that the first that is not stale ends it; no secret stays long. */
  #forgetStale(): void {
    const nowMs = this.parts.clock();
    for (const [name, { staleAtMs }] of this.#recent) {
      if (nowMs < staleAtMs && this.#recent.size < keptMax) {
        return;
      }
      this.#recent.delete(name);
    }
  }
}

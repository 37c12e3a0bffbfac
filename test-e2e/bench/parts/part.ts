/** What every part of the benchmark works with. */
import type { Device } from '../devices.js';
import type { Figures } from '../report/figures.js';
import type { ReferenceServer } from '../servers/reference-server.js';
import type { Settings } from '../settings.js';

export interface Bench {
  readonly settings: Settings;
  /** As many as the largest part needs. */
  readonly devices: readonly Device[];
  readonly aedes: ReferenceServer;
  /** Replaces the hub's gateways by so many. */
  restartHub(gateways: number): Promise<void>;
  /** Tells the person who waits. */
  say(text: string): void;
}

/** Measures a subject once. */
type Measurement = () => Promise<Figures>;

/** Each subject once a round, in turns, so that whatever changes on the machine hits all alike. */
export async function takeTurns(
  { settings, say }: Bench,
  what: string,
  subjects: Readonly<Record<string, Measurement>>,
): Promise<ReadonlyMap<string, readonly Figures[]>> {
  const rounds = new Map<string, Figures[]>(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 1; round <= settings.rounds; round++) {
    for (const [name, measure] of Object.entries(subjects)) {
      say(`${what}, round ${round} of ${settings.rounds}: ${name} …`);
      rounds.get(name)?.push(await measure());
    }
  }
  return rounds;
}

import { FairTurns, type FairTurnsOptions } from './fair-turns.js';

interface TurnsOfName {
  readonly turns: FairTurns;
  /** Those who run or wait. */
  takers: number;
}

/**
 * Does so many things of each name at once; what comes beyond that waits for its own. What all share, such as
 * connections to a database, one name can so never take whole.
 */
export class TurnsByName {
  readonly #byName = new Map<string, TurnsOfName>();

  /** @param options hold for each name */
  constructor(private readonly options: FairTurnsOptions) {}

  /** Names of which something runs or waits. */
  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** Settles as the work does. @throws HubError `ServiceUnavailable` when its turn does not come in time */
  async inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const ofName = this.#byName.get(name) ?? { turns: new FairTurns(this.options), takers: 0 };
    this.#byName.set(name, ofName);
    ofName.takers += 1;
    try {
      return await ofName.turns.inTurn({ hub: name, origin: '' }, work);
    } finally {
      ofName.takers -= 1;
      if (ofName.takers === 0) {
        this.#byName.delete(name);
      }
    }
  }
}

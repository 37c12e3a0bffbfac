/** What stands behind `npm start --` and its relatives: words → options. */
import type { LimitsChoice } from './default-hub.js';
import { gatewaysMax } from './ports.js';
import { RunnerError } from './runner-error.js';

/** What kind of hub to start. */
export interface HubOptions {
  /** How many gateways stand behind the MQTT port. */
  readonly gateways: number;
  /** PostgreSQL, Redis and Kafka alone: for work on one service. */
  readonly enginesOnly: boolean;
  /** Of the default hub. Undefined: those that it has, and none when it is new. */
  readonly limits: LimitsChoice | undefined;
}

interface StartOptions extends HubOptions {
  /**
   * In the foreground until it is told to stop; `detach`: return once all is ready and leave it
   * running; `background`: what `detach` launches.
   */
  readonly mode: 'foreground' | 'detach' | 'background';
}

const startUsage =
  'Usage: npm start [-- [--detach] [--gateways N] [--limits tier|unlimited] [--engines-only]].';

export function parseStartArguments(words: readonly string[]): StartOptions {
  let options: StartOptions = {
    mode: 'foreground',
    gateways: 1,
    enginesOnly: false,
    limits: undefined,
  };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--detach' || word === '--background') {
      options = { ...options, mode: word === '--detach' ? 'detach' : 'background' };
    } else if (word === '--engines-only') {
      options = { ...options, enginesOnly: true };
    } else if (word === '--gateways' || word.startsWith('--gateways=')) {
      const count = word === '--gateways' ? rest.shift() : word.slice('--gateways='.length);
      options = { ...options, gateways: parseGateways(count) };
    } else if (word === '--limits' || word.startsWith('--limits=')) {
      const limits = word === '--limits' ? rest.shift() : word.slice('--limits='.length);
      options = { ...options, limits: parseLimits(limits) };
    } else {
      throw new RunnerError(`npm start knows no "${word}".`, startUsage);
    }
  }
  return options;
}

export function parseStatusArguments(words: readonly string[]): { readonly json: boolean } {
  const unknown = words.find((word) => word !== '--json');
  if (unknown !== undefined) {
    throw new RunnerError(
      `npm run status knows no "${unknown}".`,
      'Usage: npm run status [-- --json].',
    );
  }
  return { json: words.length > 0 };
}

/** For commands that take no arguments. */
export function refuseArguments(command: string, words: readonly string[]): void {
  if (words.length > 0) {
    throw new RunnerError(`${command} takes no arguments.`, `Usage: ${command}.`);
  }
}

function parseGateways(text: string | undefined): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > gatewaysMax) {
    throw new RunnerError(
      `--gateways needs a whole number from 1 to ${gatewaysMax}.`,
      'Example: npm start -- --gateways 3.',
    );
  }
  return count;
}

function parseLimits(text: string | undefined): LimitsChoice {
  if (text !== 'tier' && text !== 'unlimited') {
    throw new RunnerError(
      '--limits is tier or unlimited.',
      "Example: npm start -- --limits tier, for the limits of Azure's tier S1.",
    );
  }
  return text;
}

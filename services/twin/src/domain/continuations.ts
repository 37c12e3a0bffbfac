/**
 * Where the next page of a query begins: behind the last row of the one before, so that rows which come and go meanwhile
 * move no other, and pages may be of any size. A continuation counts for its query and its hub alone; it outlives
 * processes, for whoever has the key can read it.
 */
import { HubError } from '@linchpin/wire';
import type { RowKey } from './twin-query-store.js';

export interface Seal {
  seal(content: string, place: string): string;
  /** Undefined for what was not sealed for this place. */
  open(token: string, place: string): string | undefined;
}

interface Continuation {
  readonly after: RowKey;
  /** Rows of the pages before, for TOP. */
  readonly given: number;
}

interface QueryPlace {
  readonly hubGeneration: string;
  readonly text: string;
}

const beginning: Continuation = { after: { deviceId: '', moduleId: '' }, given: 0 };

export class Continuations {
  constructor(private readonly sealing: Seal) {}

  seal({ after, given }: Continuation, place: QueryPlace): string {
    return this.sealing.seal(
      JSON.stringify([after.deviceId, after.moduleId, given]),
      toText(place),
    );
  }

  /** @throws HubError ArgumentInvalid */
  open(token: string | undefined, place: QueryPlace): Continuation {
    if (token === undefined) {
      return beginning;
    }
    const content = this.sealing.open(token, toText(place));
    if (content === undefined) {
      throw new HubError(
        'ArgumentInvalid',
        'The continuation is not of this query and hub: send what the page before has given, with the same query.',
      );
    }
    const [deviceId, moduleId, given] = JSON.parse(content) as [string, string, number];
    return { after: { deviceId, moduleId }, given };
  }
}

function toText({ hubGeneration, text }: QueryPlace): string {
  return `${hubGeneration}\n${text}`;
}

/** Twins to look for, and what queries give of them. */
import type { RunQueryResponse } from '@linchpin/contracts';
import type { JsonObject } from '../../src/domain/json-value.js';
import type { ShownTwinParts } from '../../src/domain/twin-query-store.js';
import { freshTwin } from '../../src/domain/twin.js';
import { generateTwins } from './generated-twins.js';
import { insertTwins } from './inserted-twins.js';
import type { TestDeployment, TestHub, TestTwin } from './start-test-twin.js';

const [sample] = generateTwins(1, 1) as [ShownTwinParts];

export function named(deviceId: string, tags: JsonObject = {}, moduleId?: string): ShownTwinParts {
  return { identity: { ...sample.identity, deviceId, moduleId }, twin: { ...freshTwin, tags } };
}

export const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `d${String(index).padStart(3, '0')}`);

interface Page {
  readonly pageSize?: number;
  readonly continuation?: string | undefined;
}

type Ask = (hub: TestHub, query: string, page?: Page) => Promise<RunQueryResponse>;

export const rowsOf = ({ rowsJson }: RunQueryResponse): JsonObject[] =>
  JSON.parse(rowsJson) as JsonObject[];
export const idsOf = (response: RunQueryResponse): unknown[] =>
  rowsOf(response).map(({ deviceId }) => deviceId);

/** Of one process. @param twin is asked for with each query: tests begin before it is started */
export function askingOf(twin: () => TestTwin): Ask {
  return ({ hub, hubGeneration }, query, page = {}) =>
    twin().query({ hub, hubGeneration, query, ...page });
}

/** A hub of its own with such twins. */
export async function hubWith(
  deployment: TestDeployment,
  twins: readonly ShownTwinParts[],
): Promise<TestHub> {
  const hub = deployment.newHub();
  await insertTwins(deployment.database.db, hub.hubGeneration, twins);
  return hub;
}

type AskAll = (
  hub: TestHub,
  query: string,
  pageSize: number,
  between?: (page: number) => Promise<unknown>,
) => Promise<unknown[]>;

/** Gives the ids of all rows, page after page; `between` runs before each but the first. */
export function askingAll(ask: Ask): AskAll {
  return async (hub, query, pageSize, between = () => Promise.resolve()) => {
    const ids: unknown[] = [];
    let continuation: string | undefined;
    let page = 0;
    do {
      if (page > 0) {
        await between(page);
      }
      const answer = await ask(hub, query, { pageSize, continuation });
      ids.push(...idsOf(answer));
      ({ continuation } = answer);
      page += 1;
    } while (continuation !== undefined);
    return ids;
  };
}

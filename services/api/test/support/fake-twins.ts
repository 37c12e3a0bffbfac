/** The twin service's rpcs for the api, over twins in memory. */
import {
  TwinUpdateMode,
  type GetTwinRequest,
  type TwinSubject,
  type UpdateTwinRequest,
} from '@linchpin/contracts';
import type { DeviceIdentityId, HubId } from '@linchpin/wire';
import type { FakeTwins } from '../../src/domain/twins.fake.js';

export function fakeTwinRpcs(
  twins: FakeTwins,
): Record<string, (request: never) => Promise<object>> {
  return {
    getTwin: async ({ subject }: GetTwinRequest) => ({ twin: await twins.get(...toId(subject)) }),
    updateTwin: async ({ subject, ...change }: UpdateTwinRequest) => ({
      twin: await twins.update(...toId(subject), {
        mode: change.mode === TwinUpdateMode.PATCH ? 'patch' : 'replace',
        tagsJson: change.tagsJson,
        desiredJson: change.desiredJson,
        ifMatch: change.ifMatch,
      }),
    }),
  };
}

function toId(subject: TwinSubject | undefined): [HubId, DeviceIdentityId] {
  const { hub = '', hubGeneration = '', deviceId = '', moduleId } = subject ?? {};
  return [
    { hub, hubGeneration },
    { deviceId, moduleId },
  ];
}

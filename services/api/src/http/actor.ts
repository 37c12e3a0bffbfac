/** On whose behalf a request is served: whoever proved to be its sender. */
import type { Actor } from '@linchpin/platform/actor';
import type { RequestContext } from './request-context.js';

export function actorOf(context: RequestContext): Actor {
  return {
    ...whoOf(context),
    clientAddress: context.client.address,
    requestId: context.id,
    // A registry that is older than this api tells none.
    hubGeneration: context.caller?.hubGeneration === '' ? undefined : context.caller?.hubGeneration,
  };
}

function whoOf({ caller, administrator }: RequestContext): Pick<Actor, 'kind' | 'name'> {
  const who = caller ?? administrator;
  switch (who?.kind) {
    case 'policy':
      return { kind: 'policy', name: who.policy };
    case 'device':
      return { kind: 'device', name: who.deviceId };
    case 'principal':
      return { kind: 'principal', name: who.name };
    case 'administrator':
      return { kind: 'administrator', name: 'administrator' };
    case undefined:
      return { kind: 'process', name: 'api' };
  }
}

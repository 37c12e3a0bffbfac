import type { Actor } from '@linchpin/platform/actor';

/** This service asks on its own account, of one hub: a later one of its name is not meant. */
export function ofHub(hubGeneration: string): Actor {
  return { kind: 'process', name: 'twin', hubGeneration };
}

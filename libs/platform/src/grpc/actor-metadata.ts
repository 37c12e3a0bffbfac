/** On whose behalf an rpc is called, beside the call: metadata that only a service of ours can send. */
import type { Metadata } from '@grpc/grpc-js';
import { decodeActor, encodeActor, type Actor } from '../actor/actor.js';

/** The `-bin` suffix lets it hold any text. */
const key = 'linchpin-actor-bin';

export function setActor(metadata: Metadata, actor: Actor | undefined): void {
  if (actor !== undefined) {
    metadata.set(key, encodeActor(actor));
  }
}

/** Undefined when the caller acts on its own account. @throws Error for what is no actor */
export function getActor(metadata: Metadata): Actor | undefined {
  const [value] = metadata.get(key);
  return Buffer.isBuffer(value) ? decodeActor(value) : undefined;
}

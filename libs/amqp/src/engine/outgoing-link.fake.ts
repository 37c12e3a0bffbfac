import assert from 'node:assert/strict';
import type { Settlement } from '../performatives/disposition.js';
import { accepted, type Outcome } from '../performatives/outcomes.js';
import { FrameClient } from './frame-client.fake.js';
import type { OutgoingLink, Sending } from './outgoing-link.js';
import type { TestServerOptions } from './test-server.fake.js';

/** A client that has attached receivers of these names, on handles from 0 on, and the server's ends of them. */
export function startReceivers(
  names: readonly string[],
  options: TestServerOptions = {},
): { client: FrameClient; links: OutgoingLink[] } {
  const client = FrameClient.open(options);
  names.forEach((name, handle) => client.attach({ role: 'receiver', name, handle }));
  client.frames.length = 0;
  return { client, links: client.server.outgoing };
}

export function startReceiver(options: TestServerOptions = {}): {
  client: FrameClient;
  link: OutgoingLink;
} {
  const { client, links } = startReceivers(['link'], options);
  const [link] = links;
  assert(link !== undefined);
  return { client, link };
}

export function message(text: string, more: Partial<Sending> = {}): Sending {
  return { tag: Buffer.from(text), payload: Buffer.from(text), ...more };
}

/** The payloads that came, with the handles that they came on. */
export function payloads(client: FrameClient): string[] {
  return client.frames
    .filter(({ name }) => name === 'transfer')
    .map(({ performative, payload }) => {
      const { handle } = performative as { handle: number };
      return `${handle} ${payload.toString()}`;
    });
}

export function settlement(
  first: number,
  last: number,
  outcome: Outcome | null = accepted,
): Settlement {
  return { role: 'receiver', first, last, outcome };
}

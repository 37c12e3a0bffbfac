/** A hub of its own for a stream of commands, with all feedback on them, and calls to it that may fail. */
import { randomUUID } from 'node:crypto';
import { createHub, type TestHub } from '../administration.js';
import { hub } from '../hub.js';
import { headersFor } from '../registry.js';

export interface CommandHub extends TestHub {
  /** What its calls bear. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Undefined when none came: whether anything was done is not known. */
type Answer =
  | {
      readonly status: number;
      /** The header iothub-errorcode; empty without one. */
      readonly errorCode: string;
      readonly etag: string;
      readonly text: string;
    }
  | undefined;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How often a command is given back before it ends; few, so that some do. */
export const maxDeliveryCount = 3;

/** Longer than the api waits for anybody. */
const answerMs = 30_000;

export async function createCommandHub(): Promise<CommandHub> {
  const name = `commands-${randomUUID().slice(0, 8)}`;
  const cloudToDevice = {
    defaultTtlAsIso8601: 'PT1H',
    maxDeliveryCount,
    // A batch whose answer is lost comes again soon.
    feedback: { ttlAsIso8601: 'PT1H', lockDurationAsIso8601: 'PT5S', maxDeliveryCount: 100 },
  };
  const created = await createHub(name, `${name}.example.net`, { properties: { cloudToDevice } });
  // Calls with one token share what the registry says of it.
  return { ...created, headers: headersFor(created) };
}

export async function call(of: CommandHub, { method, path, headers, body }: Call): Promise<Answer> {
  try {
    const response = await fetch(`https://${hub.host}${path}?api-version=2021-04-12`, {
      method,
      headers: { ...of.headers, ...headers },
      signal: AbortSignal.timeout(answerMs),
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    const [errorCode, etag] = ['iothub-errorcode', 'etag'].map(
      (name) => response.headers.get(name) ?? '',
    );
    return { status: response.status, errorCode: errorCode!, etag: etag!, text };
  } catch {
    return undefined;
  }
}

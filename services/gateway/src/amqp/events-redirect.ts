import { int, type AmqpError, type AmqpValue } from '@linchpin/amqp';
import { normalizeHostName } from '@linchpin/wire';
import type { PolicyGrant } from '../domain/policy-tokens.js';

interface RedirectTarget {
  /** By which the client's token calls the hub. */
  readonly host: string;
  /** Where clients reach AMQP. */
  readonly port: number;
  /** What followed `/messages/events` in the address. */
  readonly tail: string;
}

/**
 * Tells a reader at the hub's address where the built-in endpoint is (amqp.md section 9.1): at the same host, which
 * is in its certificate, under the Event Hub-compatible name.
 */
export function eventsRedirect(
  { host, port, tail }: RedirectTarget,
  { telemetryTopic }: PolicyGrant,
): AmqpError {
  const hostname = normalizeHostName(host);
  const authority = hostname.includes(':') ? `[${hostname}]` : hostname;
  return {
    condition: 'amqp:link:redirect',
    description: null,
    info: new Map<string, AmqpValue>([
      ['hostname', hostname],
      ['network-host', hostname],
      ['port', int(port)],
      ['address', `amqps://${authority}:${port}/${telemetryTopic}${tail}`],
    ]),
  };
}

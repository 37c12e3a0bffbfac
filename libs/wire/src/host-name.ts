/**
 * Host names as the hub compares them: without regard to case, and without the port that some clients
 * carry along (device-mqtt.md sections 1.1 and 3.3).
 */

/**
 * `Hub.Example.NET:8883` → `hub.example.net`, `[::1]:8883` → `::1`. What is neither a name nor an address
 * with a port stays as it is, so that a name normalized once, or again by the next service, is the same.
 */
export function normalizeHostName(host: string): string {
  return withoutPort(host).toLowerCase();
}

const dnsNameLengthMax = 253;
const dnsLabel = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/i;

/** Labels of 1 to 63 characters (RFC 1035, 2.3.4), in which an underscore may stand. An IPv4 address is one. */
export function isDnsName(text: string): boolean {
  return text.length <= dnsNameLengthMax && text.split('.').every((label) => dnsLabel.test(label));
}

const bracketedAddress = /^\[([\da-f.]*:[\da-f.]*:[\da-f.:]*)\](?::\d+)?$/i;
/** One colon: with several and no brackets it is an IPv6 address without a port. */
const nameWithPort = /^([^:]*):\d+$/;

function withoutPort(host: string): string {
  return (bracketedAddress.exec(host) ?? nameWithPort.exec(host))?.[1] ?? host;
}

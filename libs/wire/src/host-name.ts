/**
 * Host names as the hub compares them: without regard to case, and without the port that some clients
 * carry along (device-mqtt.md sections 1.1 and 3.3).
 */

/** `Hub.Example.NET:8883` → `hub.example.net`, `[::1]:8883` → `::1`. */
export function normalizeHostName(host: string): string {
  return withoutPort(host).toLowerCase();
}

function withoutPort(host: string): string {
  if (host.startsWith('[')) {
    const end = host.indexOf(']');
    return end < 0 ? host : host.slice(1, end);
  }
  const colon = host.indexOf(':');
  // More than one colon and no brackets: an IPv6 address without a port.
  if (colon < 0 || host.includes(':', colon + 1)) return host;
  return host.slice(0, colon);
}

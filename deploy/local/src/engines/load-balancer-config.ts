/**
 * HAProxy's configuration: one port of each protocol for several gateways. It passes TLS through untouched and
 * tells the gateway by PROXY protocol v2 where the device is; a gateway that is not ready gets no
 * new connection and keeps those it has.
 */
export interface LoadBalancerOptions {
  readonly frontends: readonly Frontend[];
}

interface Frontend {
  readonly protocol: 'mqtt' | 'amqp' | 'https';
  /** `address:port` each, IPv6 in brackets. */
  readonly listen: readonly string[];
  readonly gateways: readonly {
    readonly name: string;
    readonly port: number;
    readonly probePort: number;
  }[];
}

export function formatLoadBalancerConfig(options: LoadBalancerOptions): string {
  return [
    'global',
    '  log stderr format raw daemon notice',
    '',
    'defaults',
    '  mode tcp',
    '  log global',
    '  option dontlognull',
    '  timeout connect 5s',
    // MQTT's keep-alive ends a dead connection, in the gateway; this must only be longer than
    // the longest one (1,767 s by Azure, times 1.5).
    '  timeout client 1h',
    '  timeout server 1h',
    '',
    ...options.frontends.flatMap(formatFrontend),
  ].join('\n');
}

function formatFrontend({ protocol, listen, gateways }: Frontend): readonly string[] {
  return [
    `frontend ${protocol}`,
    ...listen.map((endpoint) => `  bind ${endpoint}`),
    `  default_backend ${protocol}-gateways`,
    '',
    `backend ${protocol}-gateways`,
    // Connections live long, so what counts is how many each gateway has.
    '  balance leastconn',
    '  option redispatch',
    '  option httpchk GET /healthz/ready',
    '  http-check expect status 200',
    // One that is down is asked more often: it is waited for.
    '  default-server send-proxy-v2 check inter 500ms downinter 100ms fall 2 rise 1',
    ...gateways.map(
      ({ name, port, probePort }) => `  server ${name} 127.0.0.1:${port} port ${probePort}`,
    ),
    '',
  ];
}

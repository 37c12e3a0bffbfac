import { isKnownVariable } from './known-variables.js';
import { nearestVariable } from './nearest-variable.js';

/**
 * What is wrong with the names of an environment, one line for each variable that begins with `LINCHPIN_`
 * and that nothing of Linchpin reads. To pass one over would be to run otherwise than its owner wants:
 * with `LINCHPIN_OIDC_CLIENT`, for instance, tokens of all clients would count. An empty one counts as
 * absent, as everywhere.
 */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => name.startsWith('LINCHPIN_') && value !== undefined && value !== '')
    .filter(([name, value = '']) => !isKnownVariable(name) && !isOfKubernetes(name, value))
    .map(([name]) => {
      const nearest = nearestVariable(name);
      return `${name} is no variable of Linchpin${nearest === undefined ? '' : `: perhaps ${nearest} is meant`}`;
    });
}

/**
 * Kubernetes tells each pod of the Services of its namespace, in the manner of Docker's links: a Service
 * `linchpin-api` gives `LINCHPIN_API_SERVICE_HOST`, `LINCHPIN_API_PORT=tcp://…` and some more.
 */
function isOfKubernetes(name: string, value: string): boolean {
  return (
    /_SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$/.test(name) ||
    /_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/.test(name) ||
    (name.endsWith('_PORT') && /^(?:tcp|udp|sctp):\/\//.test(value))
  );
}

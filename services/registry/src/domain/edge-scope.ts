/**
 * Which Edge device stands between a device and the hub (service-rest.md section 2.5). An Edge device
 * has a scope of its own, which never changes; its children name it as their parent.
 */
import { HubError } from '@linchpin/wire';
import { validateFreeText } from './free-text.js';

interface EdgeScopes {
  /** Of an Edge device its own; of any other that of its parent. */
  readonly deviceScope: string | undefined;
  /** None or one. */
  readonly parentScopes: readonly string[];
}

interface WantedScopes extends EdgeScopes {
  readonly deviceId: string;
  readonly iotEdge: boolean;
}

interface StoredScopes extends EdgeScopes {
  readonly iotEdge: boolean;
}

const scheme = 'ms-azure-iot-edge://';

/** Room for the scheme, the longest id, a hyphen and ticks. Ours: no source names a limit. */
const scopeLengthMax = 256;

/**
 * @param stored what the device has; undefined when it is being created
 * @param nextTicks makes the scope of a device that becomes an Edge device
 * @throws HubError InvalidDeviceScope
 */
export function resolveScopes(
  wanted: WantedScopes,
  stored: StoredScopes | undefined,
  nextTicks: () => bigint,
): EdgeScopes {
  const own = stored?.iotEdge === true ? stored.deviceScope : undefined;
  if (wanted.iotEdge) {
    const deviceScope = own ?? `${scheme}${wanted.deviceId}-${nextTicks()}`;
    const parent = readParent(wanted.parentScopes, deviceScope);
    return { deviceScope, parentScopes: parent === undefined ? [] : [parent] };
  }
  const parent = readLeafParent(wanted, own);
  return { deviceScope: parent, parentScopes: parent === undefined ? [] : [parent] };
}

/**
 * Clients write back what they read with one member changed, and of a leaf they change `deviceScope`;
 * so that one counts, be it empty, and `parentScopes` only where there is none.
 */
function readLeafParent(
  { deviceScope, parentScopes }: WantedScopes,
  own: string | undefined,
): string | undefined {
  const former = readParent(parentScopes, own);
  if (deviceScope === undefined || deviceScope === own) {
    return former;
  }
  return readParent([deviceScope], own);
}

function readParent(parentScopes: readonly string[], own: string | undefined): string | undefined {
  if (parentScopes.length > 1) {
    throw new HubError('InvalidDeviceScope', 'A device has at most one parent scope.');
  }
  const [parent] = parentScopes;
  if (parent === undefined || parent === '') {
    return undefined;
  }
  if (parent === own) {
    throw new HubError('InvalidDeviceScope', 'An Edge device cannot be its own parent.');
  }
  validateScope(parent);
  return parent;
}

/** Text of another scheme is accepted, as the .NET SDK's tests expect. */
function validateScope(scope: string): void {
  validateFreeText('deviceScope', scope, scopeLengthMax);
  if (scope.startsWith(scheme) && !/^[^/\s]{1,128}-\d{1,19}$/.test(scope.slice(scheme.length))) {
    throw new HubError(
      'InvalidDeviceScope',
      `A scope of an Edge device has the form ${scheme}{deviceId}-{number}.`,
    );
  }
}

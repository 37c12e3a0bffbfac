/** How fast a hub may do what (security-limits.md section 10). Rates are those of the whole hub. */
import type { HubErrorCode } from './error-table.js';
import { formatHubId, type HubId } from './hub-id.js';
import type { HubLimits, SkuName } from './hub-limits.js';

/** Every operation that Azure throttles; direct methods by bytes, the others one by one. */
export type ThrottleClass = keyof typeof throttles;

/** What one class of operations may do: a bucket that fills at a rate, and who waits for it. */
export interface Throttle {
  /** 0 for a quota, which does not refill. */
  readonly perSecond: number;
  /** So many may come at once after a quiet minute. */
  readonly capacity: number;
  /** How long one may wait for its turn; 0 refuses at once. */
  readonly queueMs: number;
}

type Size = 'small' | 'medium' | 'large';

/** Operations a second of a hub with so many units. */
type Rate = (units: number) => number;

/** How much of its rate a hub may save up, in seconds. */
const burstSeconds = 60;

/** Ours: below the 30 s that Node's SDK waits for a PUBACK (device-mqtt.md section 14.2). */
const queueMs = 20_000;

const kilobyte = 1024;
const flat = (perSecond: number): Rate => {
  return () => perSecond;
};
const each = (perSecond: number): Rate => {
  return (units) => perSecond * units;
};
const minutely = (perMinute: number): Rate => {
  return (units) => (perMinute * units) / 60;
};
const atLeast = (floor: number, perUnit: number): Rate => {
  return (units) => Math.max(floor, perUnit * units);
};

export const throttles = {
  registry: row(minutely(100), minutely(100), minutely(5_000), { queued: false }),
  connections: row(atLeast(100, 12), each(120), each(6_000)),
  telemetry: row(atLeast(100, 12), each(120), each(6_000)),
  commandSends: row(minutely(100), minutely(100), minutely(5_000)),
  /** Over HTTPS; what is pushed to a device is not throttled. */
  commandReceives: row(minutely(1_000), minutely(1_000), minutely(50_000)),
  fileUploads: row(minutely(100), minutely(100), minutely(5_000)),
  /** Bytes, in chunks of 4 KB. */
  methodBytes: row(each(160 * kilobyte), each(480 * kilobyte), each(24 * kilobyte * kilobyte)),
  queries: row(minutely(20), minutely(20), minutely(1_000)),
  twinReads: row(flat(100), atLeast(100, 10), each(500)),
  twinUpdates: row(flat(50), atLeast(50, 5), each(250)),
  jobs: row(minutely(100), minutely(100), minutely(5_000)),
  jobDeviceOperations: row(flat(10), atLeast(10, 1), each(50)),
  configurations: row(minutely(20), minutely(20), minutely(20)),
  streams: row(flat(5), flat(5), flat(5)),
} as const satisfies Record<string, ThrottleRow>;

/** Undefined when the hub is not limited. */
export function throttleOf(name: ThrottleClass, limits: HubLimits): Throttle | undefined {
  if (limits.unlimited) {
    return undefined;
  }
  const { rates, queued } = throttles[name];
  const perSecond = rates[sizes[limits.sku]](limits.units);
  return { perSecond, capacity: perSecond * burstSeconds, queueMs: queued ? queueMs : 0 };
}

/** How all processes of a deployment call what a hub may do of a class. */
export function throttleName(hub: HubId, name: ThrottleClass): string {
  return `${formatHubId(hub)}/${name}`;
}

/** What an operation hears that is not let through. */
export interface ThrottleRefusal {
  readonly reason: RefusalReason;
  /** When it may be worth another try; undefined for what does not come back. */
  readonly retryAfterMs: number | undefined;
}

type RefusalReason =
  /** The rate is spent, and such an operation does not wait. */
  | 'spent'
  /** So many wait that its turn would come too late. */
  | 'backlog'
  /** It waited, and its turn did not come in time. */
  | 'late';

export const throttleErrors = {
  spent: 'ThrottlingException',
  backlog: 'ThrottleBacklogLimitExceeded',
  late: 'ThrottlingBacklogTimeout',
} as const satisfies Record<RefusalReason, HubErrorCode>;

interface ThrottleRow {
  readonly rates: Readonly<Record<Size, Rate>>;
  readonly queued: boolean;
}

const sizes: Readonly<Record<SkuName, Size>> = {
  F1: 'small',
  B1: 'small',
  S1: 'small',
  B2: 'medium',
  S2: 'medium',
  B3: 'large',
  S3: 'large',
};

function row(small: Rate, medium: Rate, large: Rate, { queued } = { queued: true }): ThrottleRow {
  return { rates: { small, medium, large }, queued };
}

/** How much one hub may do (security-limits.md sections 9 and 10, device-mqtt.md section 14). */
import type { HeldPart, HoldingSpace } from '@linchpin/fairness';
import {
  dailyQuotaName,
  dailyQuotaOf,
  HubError,
  isBasicTier,
  meterBytes,
  meterMessage,
  quotaDay,
  throttleErrors,
  throttleName,
  throttleOf,
  type HubId,
  type HubLimits,
  type ThrottleClass,
  type ThrottleRefusal,
} from '@linchpin/wire';
import type { Budget, Budgets } from './budgets.js';

/** A hub does more than it may, and this is what ends for it. */
export class HubLimitReached extends HubError {}

export interface HubLimiterOptions {
  readonly budgets: Budgets;
  readonly now: () => Date;
  /** Of all hubs, for telemetry that waits. */
  readonly space: HoldingSpace;
}

/** Beside its own bytes: its places in queues, and what is to happen at its turn. Measured: 1,000. */
const messageOverheadBytes = 1_024;

interface MessageCost {
  /** Of the day's quota. */
  readonly units: number;
  readonly messages: number;
}

/** Hears once that it is a message's turn, or why not. Says whether it was sent: else the hub pays nothing. */
type OnMessageTurn = (error: HubError | undefined) => boolean;

/** A device hears of its twin request well below 10 s (device-mqtt.md section 9.3), the call included. */
const twinQueueMsMax = 2_000;

const dayMs = 24 * 3_600_000;

/** One hub's part of what this gateway lets through; of a hub without limits it is one question. */
export class HubLimiter {
  #limits: HubLimits | undefined;
  #isUnlimited = true;
  #meterBytes = Infinity;
  #connections: Budget | undefined;
  #messages: Budget | undefined;
  #quota: Budget | undefined;
  /** Of what waits one by one. */
  readonly #requests = new Map<RequestClass, Budget | undefined>();
  #day = '';
  #dayEndsMs = 0;
  readonly #held: HeldPart;
  #isEnding = false;
  #isGone = false;

  constructor(
    readonly hub: HubId,
    limits: HubLimits,
    private readonly options: HubLimiterOptions,
  ) {
    this.#held = options.space.part();
    this.limits = limits;
  }

  get isUnlimited(): boolean {
    return this.#isUnlimited;
  }

  /** Those who wait for a limit that is lifted go through. */
  set limits(limits: HubLimits) {
    if (isSame(this.#limits, limits)) {
      return;
    }
    this.#limits = limits;
    this.#isUnlimited = limits.unlimited;
    this.#meterBytes = meterBytes(limits);
    if (limits.unlimited) {
      this.#close();
      return;
    }
    this.#connections = this.#open('connections', limits);
    this.#messages = this.#open('telemetry', limits);
    for (const [name, queueMsMax] of requestClasses) {
      this.#requests.set(name, this.#open(name, limits, queueMsMax));
    }
    this.#openQuota();
  }

  /** The gateway stops: whoever waits is let through, and whoever was limited is read no further. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** See `isEnding`. */
  end(): void {
    this.#isEnding = !this.#isUnlimited;
    this.#close();
  }

  /** The hub was deleted. What is sent for it from now on could come to the next one of its name. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** See `isGone`. */
  remove(): void {
    this.#isGone = true;
    this.#close();
  }

  /**
   * Takes what a message costs, if that is at hand. Not while somebody waits: nobody overtakes.
   */
  spendMessage(bytes: number): boolean {
    this.#expectToday();
    const units = meterMessage(bytes, this.#meterBytes);
    if (this.#quota?.spend(units) !== true) {
      return false;
    }
    if (this.#messages?.spend(1) !== true) {
      this.#quota.giveBack(units);
      return false;
    }
    return true;
  }

  /**
   * Waits for the turn of a message that could not be sent at once.
   *
   * @param onTurn hears IotHubQuotaExceeded, or that too many wait, or wait too long
   */
  waitForMessage(bytes: number, onTurn: OnMessageTurn): void {
    const roomBytes = bytes + messageOverheadBytes;
    if (!this.#held.hold(roomBytes)) {
      onTurn(toThrottled({ reason: 'backlog', retryAfterMs: undefined }));
      return;
    }
    const cost = { units: meterMessage(bytes, this.#meterBytes), messages: 1 };
    this.#spendOrWait(cost, (error) => {
      this.#held.release(roomBytes);
      return onTurn(error);
    });
  }

  /**
   * Waits for the turn of messages that come at once: for all of them, or none.
   *
   * @param sizes bytes of each
   * @throws HubLimitReached IotHubQuotaExceeded, or that too many wait, or wait too long
   */
  async admitMessages(sizes: readonly number[]): Promise<void> {
    if (this.#isUnlimited || sizes.length === 0) {
      return;
    }
    this.#expectToday();
    const roomBytes = sizes.reduce((sum, bytes) => sum + bytes + messageOverheadBytes, 0);
    const units = sizes.reduce((sum, bytes) => sum + meterMessage(bytes, this.#meterBytes), 0);
    if (!this.#held.hold(roomBytes)) {
      throw toThrottled({ reason: 'backlog', retryAfterMs: undefined });
    }
    await new Promise<void>((resolve, reject) => {
      this.#spendOrWait({ units, messages: sizes.length }, (error) => {
        this.#held.release(roomBytes);
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
        return error === undefined;
      });
    });
  }

  /** @throws HubLimitReached when a connection that came now would wait too long for its turn */
  expectTurn(): void {
    const refusal = this.#connections?.refusalOf(1);
    if (refusal !== undefined) {
      throw toThrottled(refusal);
    }
  }

  /** Waits for the turn of a new connection. @throws HubLimitReached when it comes too late */
  async admitConnection(): Promise<void> {
    await turnOf(this.#connections);
  }

  /** A connection that was admitted does not come about, and costs nothing. */
  giveBackConnection(): void {
    this.#connections?.giveBack(1);
  }

  /**
   * Waits for the turn of a device's request for its twin.
   *
   * @throws HubError `OperationNotAvailableInCurrentTier`; HubLimitReached when the turn comes too late
   */
  async admitTwinRequest(name: 'twinReads' | 'twinUpdates'): Promise<void> {
    this.#expectStandardTier('twins');
    await turnOf(this.#requests.get(name));
  }

  /**
   * Waits for the turn of a back end's message to a device. Those of REST spend the same.
   *
   * @throws HubLimitReached
   */
  async admitCommand(bytes: number): Promise<void> {
    await turnOf(this.#requests.get('commandSends'));
    await this.#spendQuota(meterMessage(bytes, this.#meterBytes));
  }

  /**
   * Waits for the turn of a device that asks for a message, by HTTPS.
   *
   * @throws HubError `OperationNotAvailableInCurrentTier`; HubLimitReached when the turn comes too late
   */
  async admitReceive(): Promise<void> {
    this.#expectStandardTier('messages to devices');
    await turnOf(this.#requests.get('commandReceives'));
  }

  /** Waits for the turn of a device that begins to upload a file. @throws HubLimitReached */
  async admitUpload(): Promise<void> {
    await turnOf(this.#requests.get('fileUploads'));
    await this.#spendQuota(1);
  }

  /** The end of an upload has its price, too, and no rate. @throws HubLimitReached */
  async admitUploadEnd(): Promise<void> {
    await this.#spendQuota(1);
  }

  async #spendQuota(units: number): Promise<void> {
    this.#expectToday();
    await new Promise<void>((resolve, reject) => {
      if (this.#quota === undefined) {
        resolve();
      }
      this.#quota?.wait(units, (exhausted) => {
        if (exhausted === undefined) {
          resolve();
        } else {
          reject(quotaExceeded());
        }
      });
    });
  }

  #expectStandardTier(what: string): void {
    if (this.#limits !== undefined && isBasicTier(this.#limits)) {
      const { sku } = this.#limits;
      throw new HubError('OperationNotAvailableInCurrentTier', `No ${what} in the tier ${sku}.`);
    }
  }

  #open(name: ThrottleClass, limits: HubLimits, queueMsMax = Infinity): Budget | undefined {
    const throttle = throttleOf(name, limits);
    if (throttle === undefined) {
      return undefined;
    }
    const queueMs = Math.min(throttle.queueMs, queueMsMax);
    return this.options.budgets.open(throttleName(this.hub, name), name, { ...throttle, queueMs });
  }

  /** Whoever waits hears that it is its turn. */
  #close(): void {
    const { budgets } = this.options;
    this.#isUnlimited = true;
    // First what is waited for first, so that the order stays.
    budgets.close(dailyQuotaName(this.hub, this.#day));
    for (const name of throttled) {
      budgets.close(throttleName(this.hub, name));
    }
    this.#quota = this.#messages = this.#connections = undefined;
    this.#requests.clear();
  }

  #spendOrWait({ units, messages: count }: MessageCost, onTurn: OnMessageTurn): void {
    const quota = this.#quota;
    const messages = this.#messages;
    if (quota === undefined || messages === undefined) {
      onTurn(undefined);
      return;
    }
    quota.wait(units, (exhausted) => {
      if (exhausted !== undefined) {
        onTurn(quotaExceeded());
        return;
      }
      messages.wait(count, (refusal) => {
        const isSent = onTurn(refusal && toThrottled(refusal));
        // To what it came from: meanwhile another day may have begun.
        if (!isSent) {
          quota.giveBack(units);
        }
        if (!isSent && refusal === undefined) {
          messages.giveBack(count);
        }
      });
    });
  }

  /** A new day has a new quota. */
  #expectToday(): void {
    const nowMs = this.options.now().getTime();
    // A clock that was ahead may have been set right.
    if (nowMs >= this.#dayEndsMs || nowMs < this.#dayEndsMs - dayMs) {
      this.#openQuota();
    }
  }

  #openQuota(): void {
    const { budgets, now } = this.options;
    const terms = this.#limits && dailyQuotaOf(this.#limits);
    const day = quotaDay(now());
    if (terms === undefined) {
      return;
    }
    if (day !== this.#day) {
      budgets.close(dailyQuotaName(this.hub, this.#day));
    }
    this.#day = day;
    this.#dayEndsMs = Date.parse(day) + dayMs;
    this.#quota = budgets.open(dailyQuotaName(this.hub, day), 'messages', terms);
  }
}

type RequestClass = Extract<
  ThrottleClass,
  'twinReads' | 'twinUpdates' | 'commandSends' | 'commandReceives' | 'fileUploads'
>;

/** How long each may wait at most, where its throttle lets it wait longer. */
const requestClasses: readonly (readonly [name: RequestClass, queueMsMax?: number])[] = [
  ['twinReads', twinQueueMsMax],
  ['twinUpdates', twinQueueMsMax],
  ['commandSends'],
  ['commandReceives'],
  ['fileUploads'],
];

/** Of which each gateway takes its part. */
const throttled: readonly ThrottleClass[] = [
  'telemetry',
  'connections',
  ...requestClasses.map(([name]) => name),
];

function quotaExceeded(): HubLimitReached {
  return new HubLimitReached('IotHubQuotaExceeded', 'The hub has sent its messages of this day.');
}

function isSame(one: HubLimits | undefined, other: HubLimits): boolean {
  return one?.sku === other.sku && one.units === other.units && one.unlimited === other.unlimited;
}

/** @throws HubLimitReached when it comes too late */
async function turnOf(budget: Budget | undefined): Promise<void> {
  if (budget === undefined || budget.spend(1)) {
    return;
  }
  await new Promise<void>((resolve, reject) => {
    budget.wait(1, (refusal) => {
      if (refusal === undefined) {
        resolve();
      } else {
        reject(toThrottled(refusal));
      }
    });
  });
}

function toThrottled({ reason, retryAfterMs }: ThrottleRefusal): HubLimitReached {
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new HubLimitReached(throttleErrors[reason], 'The hub does more than it may.', options);
}

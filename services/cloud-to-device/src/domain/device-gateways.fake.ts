import { identityKey, type DeviceIdentityId } from '@linchpin/wire';
import type {
  Arrivals,
  ArrivalWatch,
  DeviceGateways,
  Holder,
  Presence,
} from './device-gateways.js';
import type { MethodAnswer, MethodCall } from './method-call.js';

interface Delivery {
  readonly connectionId: string;
  readonly call: MethodCall;
  readonly signal: AbortSignal;
  readonly settle: (answer: MethodAnswer | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** Devices that connect and answer as a test says; a second is over when it says so. */
export class FakeDevices implements Presence, Arrivals, DeviceGateways {
  readonly #holders = new Map<string, Holder>();
  readonly #waiting = new Map<string, Set<(isAnnounced: boolean) => void>>();
  /** Who was asked, the newest last. */
  readonly deliveries: Delivery[] = [];
  /** Connections that take methods, and the answer to each; the others answer when the test settles it. */
  readonly answers = new Map<string, MethodAnswer | undefined>();
  looks = 0;
  watches = 0;

  hold(hub: string, identity: DeviceIdentityId, holder: Partial<Holder> = {}): void {
    this.#holders.set(identityKey(hub, identity), {
      address: '127.0.0.1:1',
      connectionId: 'c1',
      hubGeneration: 'g1',
      generationId: 'i1',
      ...holder,
    });
  }

  announce(hub: string, identity: DeviceIdentityId): void {
    this.#wake(identityKey(hub, identity), true);
  }

  /** For everybody who waits. */
  secondOver(): void {
    for (const key of this.#waiting.keys()) {
      this.#wake(key, false);
    }
  }

  holderOf(hub: string, identity: DeviceIdentityId): Promise<Holder | undefined> {
    this.looks += 1;
    return Promise.resolve(this.#holders.get(identityKey(hub, identity)));
  }

  watch(hub: string, identity: DeviceIdentityId): Promise<ArrivalWatch> {
    const key = identityKey(hub, identity);
    this.watches += 1;
    return Promise.resolve({
      next: async (signal) => this.#next(key, signal),
      close: () => {
        this.watches -= 1;
      },
    });
  }

  deliver(
    _address: string,
    connectionId: string,
    call: MethodCall,
    signal: AbortSignal,
  ): Promise<MethodAnswer | undefined> {
    return new Promise((settle, fail) => {
      this.deliveries.push({ connectionId, call, signal, settle, fail });
      if (this.answers.has(connectionId)) {
        settle(this.answers.get(connectionId));
      }
    });
  }

  #wake(key: string, isAnnounced: boolean): void {
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.delete(key);
    waiting.forEach((wake) => {
      wake(isAnnounced);
    });
  }

  #next(key: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const waiting = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, waiting);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort);
      waiting.add((isAnnounced) => {
        signal.removeEventListener('abort', onAbort);
        resolve(isAnnounced);
      });
    });
  }
}

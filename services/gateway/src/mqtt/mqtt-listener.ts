import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import type { ClientSource } from '@linchpin/auth';
import { listenAsSet } from '@linchpin/platform/lifecycle';
import { TlsListener, type ListenOptions } from '@linchpin/platform/tls';
import type { Admission, AdmissionSlot } from './admission.js';
import { MqttConnection } from './mqtt-connection.js';
import type { MqttServices } from './mqtt-services.js';
import { peerCertificates } from './peer-certificates.js';

interface MqttListenerOptions extends ListenOptions {
  /** Over how long the ends of many connections are spread when the gateway stops. */
  readonly drainMs: number;
  readonly admission: Admission;
  readonly services: MqttServices;
}

const deadlineCheckMs = 1_000;
/** Connections that are closed at once while draining, unless that takes too long. */
const drainBatch = 100;
const drainPauseMs = 50;

/**
 * Accepts MQTT over TLS (device-mqtt.md section 1). Whether a client certificate counts is decided at
 * CONNECT, since devices with keys use the same port.
 */
export class MqttListener {
  readonly #tls: TlsListener<AdmissionSlot>;
  readonly #connections = new Set<MqttConnection>();
  #deadlineTimer: NodeJS.Timeout | undefined;

  private constructor(private readonly options: MqttListenerOptions) {
    const { admission, services } = options;
    this.#tls = new TlsListener({
      ...options,
      asksForCertificate: true,
      unnamedMax: admission.unauthenticatedMax,
      onClient: (socket, client, slot) => {
        this.#open(socket, client, slot);
      },
      onTurnedAway: (remoteAddress, reason, detail) => {
        services.events.turnedAway(remoteAddress, reason, detail);
      },
    });
  }

  /** @throws SettingFault when an address cannot be listened on */
  static async start(options: MqttListenerOptions): Promise<MqttListener> {
    const listener = new MqttListener(options);
    await listenAsSet('LINCHPIN_MQTT_LISTEN', () => listener.#tls.listen());
    listener.#deadlineTimer = setInterval(() => {
      listener.#checkDeadlines();
    }, deadlineCheckMs);
    return listener;
  }

  /** Where it listens; of use where the port was left to the system. */
  get ports(): readonly number[] {
    return this.#tls.ports;
  }

  /** No further connection is accepted, and none whose handshake is not done goes on. */
  stopAccepting(): void {
    this.#tls.stopAccepting();
  }

  /**
   * Ends all connections, each after what it sent is stored and acknowledged, a few at a time so that
   * their reconnects reach the other gateways spread over time.
   */
  async drain(): Promise<void> {
    const draining: Promise<void>[] = [];
    const steps = Math.max(1, Math.floor(this.options.drainMs / drainPauseMs));
    const batch = Math.max(drainBatch, Math.ceil(this.#connections.size / steps));
    for (const connection of [...this.#connections]) {
      draining.push(connection.drain());
      if (draining.length % batch === 0) {
        await delay(drainPauseMs);
      }
    }
    await Promise.all(draining);
    clearInterval(this.#deadlineTimer);
  }

  #open(socket: TLSSocket, client: ClientSource, slot: AdmissionSlot): void {
    const connection = new MqttConnection({
      socket,
      client,
      certificates: () => peerCertificates(socket),
      services: this.options.services,
      onProven: () => {
        slot.admitted();
      },
      onEnded: () => {
        this.#connections.delete(connection);
      },
    });
    this.#connections.add(connection);
  }

  #checkDeadlines(): void {
    const now = performance.now();
    for (const connection of this.#connections) {
      connection.checkDeadlines(now);
    }
  }
}

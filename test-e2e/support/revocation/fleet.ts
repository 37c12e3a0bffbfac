import { inParallel } from '../in-parallel.js';
import { MqttClient } from '../mqtt-client.js';
import { gatewayNames, type GatewayName } from '../processes.js';
import { eventsTopic } from '../device-client.js';
import type { CredentialKind, Entrant } from './credential-kinds.js';
import type { RevocationHub } from './revocation-hub.js';

/** A connection, and when it ended. */
export class FleetMember<Group extends string> {
  #messages = 0;
  #endedMs: number | undefined;

  constructor(
    readonly group: Group,
    readonly entrant: Entrant,
    readonly gateway: GatewayName,
    readonly client: MqttClient,
  ) {
    void client.closed.then(() => {
      this.#endedMs = performance.now();
    });
  }

  get isOpen(): boolean {
    return !this.client.isClosed;
  }

  /** How long it outlived that moment; 0 when it did not. */
  outlived(moment: number): number {
    return Math.max(0, (this.#endedMs ?? Infinity) - moment);
  }

  /** A message of its goes through. @throws Error when none does */
  async prove(): Promise<void> {
    this.#messages += 1;
    await this.client.publish(eventsTopic(this.entrant.identity), 'alive', this.#messages);
  }
}

const atATime = 8;
/** Longer than any run of the test. */
const keepalive = 1_740;

/** Connections by group, each group of one kind of credential and spread over all gateways. */
export class Fleet<Group extends string> {
  private constructor(readonly members: readonly FleetMember<Group>[]) {}

  static async open<Group extends string>(
    hub: RevocationHub,
    kinds: Readonly<Record<Group, CredentialKind>>,
    perGroup: number,
  ): Promise<Fleet<Group>> {
    const planned = (Object.entries(kinds) as [Group, CredentialKind][]).flatMap(([group, kind]) =>
      Array.from({ length: perGroup }, (_, index) => ({ group, kind, index })),
    );
    const members = await inParallel(planned, atATime, async ({ group, kind, index }) => {
      const entrant = await kind(hub, `${group}-${index}`);
      const gateway = gatewayNames[index % gatewayNames.length] ?? gatewayNames[0];
      const client = await MqttClient.open({ ...entrant.socket, gateway });
      const code = await client.connect({ ...entrant.fields, keepalive });
      if (code !== 0) {
        throw new Error(`${group}-${index} was answered with ${code}`);
      }
      return new FleetMember(group, entrant, gateway, client);
    });
    return new Fleet(members);
  }

  of(groups: readonly Group[]): readonly FleetMember<Group>[] {
    return this.members.filter(({ group }) => groups.includes(group));
  }

  /** Each member that is open proves it. */
  async prove(): Promise<void> {
    const open = this.members.filter(({ isOpen }) => isOpen);
    await inParallel(open, 100, (member) => member.prove());
  }

  /** By group, how many are open. */
  get open(): Readonly<Partial<Record<Group, number>>> {
    const counts: Partial<Record<Group, number>> = {};
    for (const { group, isOpen } of this.members) {
      if (isOpen) {
        counts[group] = (counts[group] ?? 0) + 1;
      }
    }
    return counts;
  }

  destroy(): void {
    for (const { client } of this.members) {
      client.destroy();
    }
  }
}

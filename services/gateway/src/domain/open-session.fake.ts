import { FakeAuthenticator } from './authenticator.fake.js';
import { FakeBudgets } from './budgets.fake.js';
import { ConnectionTable } from './connection-table.js';
import { fakeLimiters } from './hub-limiters.fake.js';
import { SessionOpener } from './open-session.js';
import type { FormerHolder } from './presence.js';
import { FakePresenceStore } from './presence.fake.js';

interface FakeSurroundings {
  readonly store: FakePresenceStore;
  readonly authenticator: FakeAuthenticator;
  readonly table: ConnectionTable;
  readonly presence: ReturnType<FakePresenceStore['gateway']>;
  /** Holders on other gateways who were told to go. */
  readonly told: readonly FormerHolder[];
  readonly opener: SessionOpener;
  /** Connection events, such as `deviceConnected connect`. */
  readonly events: () => readonly string[];
  readonly budgets: FakeBudgets;
}

/** An opener of which only what is outside is a fake. */
export function openerWithFakes(
  store: FakePresenceStore = new FakePresenceStore(),
  gatewayId = 'g1',
): FakeSurroundings {
  const authenticator = new FakeAuthenticator();
  const table = new ConnectionTable();
  const presence = store.gateway(gatewayId);
  const told: FormerHolder[] = [];
  const peers = {
    disconnect: (former: FormerHolder) => {
      told.push(former);
      return Promise.resolve();
    },
  };
  const budgets = new FakeBudgets();
  const limiters = fakeLimiters(budgets);
  const opener = new SessionOpener({
    ...{ gatewayId, authenticator, presence, peers, table, limiters },
  });
  const events = () => store.events.map(({ type, cause }) => `${type} ${cause}`);
  return { store, authenticator, table, presence, told, opener, events, budgets };
}

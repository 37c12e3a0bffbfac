import { setImmediate as turn } from 'node:timers/promises';
import { presenceContract } from './presence.contract.js';
import { FakePresenceStore } from './presence.fake.js';

presenceContract('FakePresence', () => {
  const store = new FakePresenceStore();
  return Promise.resolve({
    gateway: (gatewayId) => store.gateway(gatewayId),
    settle: async () => {
      await turn();
      await turn();
    },
    events: () => Promise.resolve(store.events),
  });
});

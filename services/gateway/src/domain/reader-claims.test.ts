import { readerClaimsContract } from './reader-claims.contract.js';
import { FakeReaderStore } from './reader-claims.fake.js';

readerClaimsContract('FakeReaderStore', () => {
  const store = new FakeReaderStore();
  return Promise.resolve({
    gateway: (gatewayId) => Promise.resolve(store.gateway(gatewayId)),
    lose: (gatewayId) => {
      store.lose(gatewayId);
      return Promise.resolve();
    },
    forget: (place) => {
      store.forget(place);
      return Promise.resolve();
    },
  });
});

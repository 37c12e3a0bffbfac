import { bulkIdentityStoreContract } from './bulk-identity-store.contract.js';
import { caCertificateStoreContract } from './ca-certificate-store.contract.js';
import { credentialStoreContract } from './credential-store.contract.js';
import { connectionStatesContract } from './connection-states.contract.js';
import { consumerGroupStoreContract } from './consumer-group-store.contract.js';
import { hubContentStoreContract } from './hub-content-store.contract.js';
import { hubStoreContract } from './hub-store.contract.js';
import { identityStoreContract } from './identity-store.contract.js';
import { inMemoryStores } from './stores.fake.js';

const stores = inMemoryStores();

hubStoreContract('the fake', () => stores);
hubContentStoreContract('the fake', () => stores);
consumerGroupStoreContract('the fake', () => stores);
identityStoreContract('the fake', () => stores);
bulkIdentityStoreContract('the fake', () => stores);
credentialStoreContract('the fake', () => stores);
connectionStatesContract('the fake', () => stores);
caCertificateStoreContract('the fake', () => stores);

export { writeOutbox, type OutboxTables } from './outbox.js';
export { OutboxRelay } from './outbox-relay.js';

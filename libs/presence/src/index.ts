export { presenceAnswer } from './presence-answer.js';
export { PresenceKeys } from './presence-keys.js';
export { PresenceReader, type Holder } from './presence-reader.js';
export { PresenceWaits, type ArrivalWatch } from './presence-waits.js';

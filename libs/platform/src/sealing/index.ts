export { KeyCipher, SealedKeyError, type MasterKey } from './key-cipher.js';

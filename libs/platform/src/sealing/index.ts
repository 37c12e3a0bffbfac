export { KeyCipher, type MasterKey } from './key-cipher.js';

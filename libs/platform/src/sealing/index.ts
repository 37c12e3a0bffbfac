export { KeyCipher, type MasterKey } from './key-cipher.js';
export { TokenSeal } from './token-seal.js';

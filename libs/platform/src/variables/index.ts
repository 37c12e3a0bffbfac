export { unknownVariables } from './unknown-variables.js';

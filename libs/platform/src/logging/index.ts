export { LoggedTrouble } from './logged-trouble.js';
export { StandingTrouble } from './standing-trouble.js';
export { createLogger, type Logger } from './logger.js';

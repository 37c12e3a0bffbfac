export { StandingTrouble } from './standing-trouble.js';
export { createLogger, type Logger } from './logger.js';

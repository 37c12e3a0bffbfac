export { runService, stopAll, type RunningService } from './run-service.js';

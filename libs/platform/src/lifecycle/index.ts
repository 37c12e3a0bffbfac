export { RepeatedWork } from './repeated-work.js';
export { requireAnswer } from './require-answer.js';
export { runService, stopAll, type RunningService } from './run-service.js';
export { listenAsSet } from './setting-fault.js';
export { runTask } from './run-task.js';

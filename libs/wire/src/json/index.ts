export { checkJson } from './check-json.js';
export { deviceSchema, formatDevice, toDeviceDefinition } from './device-json.js';
export type { EntityJson } from './entity-json.js';
export { formatFeedbackRecord } from './feedback-json.js';
export { formatAuthentication, moduleIdText } from './identity-json.js';
export { importRowSchema, toImportRow, type ImportRow } from './import-row.js';
export { isNoDeeperThan } from './json-depth.js';
export { anyCase, exactly, optional, text } from './members.js';
export { formatModule, moduleSchema, toModuleDefinition, type ModuleId } from './module-json.js';

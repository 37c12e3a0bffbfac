export {
  openDatabase,
  sqlState,
  toUnavailable,
  uniqueViolation,
  type Database,
} from './database.js';
export { checkMigrated, migrate } from './migrate.js';

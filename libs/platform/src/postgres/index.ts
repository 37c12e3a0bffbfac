export {
  answering,
  forMigrations,
  isDataException,
  isLockTimeout,
  openDatabase,
  type Database,
} from './database.js';
export { DeletedHubs } from './deleted-hubs.js';
export { Gathering } from './gathering.js';
export { checkMigrated, migrate } from './migrate.js';

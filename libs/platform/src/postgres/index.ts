export { forMigrations, openDatabase, toUnavailable, type Database } from './database.js';
export { checkMigrated, migrate } from './migrate.js';

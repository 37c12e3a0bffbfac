export { answering, forMigrations, openDatabase, type Database } from './database.js';
export { checkMigrated, migrate } from './migrate.js';

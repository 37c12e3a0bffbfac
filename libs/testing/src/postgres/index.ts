export { columnsOf, type Columns } from './columns-of.js';
export { somebodyWaits } from './lock-waits.js';
export { openTestDatabase, type TestDatabase } from './test-database.js';

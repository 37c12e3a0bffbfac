import { fileURLToPath } from 'node:url';

/** Beside `src` as beside `dist`. */
export const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url));

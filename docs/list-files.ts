import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Of packages the links go round in circles. */
const others: ReadonlySet<string> = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.git',
  '.linchpin',
]);

/** Paths from the repository's root, without what is fetched, built or made at run time. */
export function listFiles(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (others.has(entry.name)) {
      return [];
    }
    return entry.isDirectory() ? listFiles(root, path) : [path];
  });
}

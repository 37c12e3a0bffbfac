/** The programs and commands that documents print, to be run as they stand there. */
import { mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hub } from './hub.js';

const root = join(import.meta.dirname, '..', '..');

/** The code block behind the comment that names it. @throws Error when the document has none of that name */
export function programOf(document: string, name: string): string {
  const match = new RegExp(`<!-- ${name} -->\\s+\`\`\`\\w+\\n([^]*?)\`\`\``).exec(read(document));
  if (match?.[1] === undefined) {
    throw new Error(`${document} has no ${name}`);
  }
  return match[1];
}

/** All of its blocks of shell commands, one after another. */
export function commandsOf(document: string): string {
  return [...read(document).matchAll(/```sh\n([^]*?)```/g)]
    .map(([, block = '']) => block)
    .join('\n');
}

/** An empty folder of a reader's own, but for the hub's state and the SDKs. Its caller removes it. */
export function makeReadersFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'linchpin-document-'));
  symlinkSync(hub.stateDir, join(folder, '.linchpin'));
  symlinkSync(join(root, 'test-e2e', 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function read(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

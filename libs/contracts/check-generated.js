/**
 * Fails when what is generated from the .proto files is not what is committed, or when they break
 * the rules of buf. Run by `npm test`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = import.meta.dirname;
const generated = join(folder, 'src', 'gen');
const scratch = mkdtempSync(join(tmpdir(), 'linchpin-gen-'));

function run(command, args) {
  execFileSync(command, args, { cwd: folder, stdio: 'inherit' });
}

try {
  cpSync(generated, join(scratch, 'committed'), { recursive: true });
  const bin = join(folder, 'node_modules', '.bin');
  run(join(bin, 'buf'), ['lint']);
  run(join(bin, 'buf'), ['generate', '--output', scratch]);
  run(process.execPath, [
    join(folder, '..', '..', 'node_modules', 'prettier', 'bin', 'prettier.cjs'),
    '--write',
    '--log-level=warn',
    '--ignore-path=/dev/null',
    '--config',
    join(folder, '..', '..', '.prettierrc.json'),
    join(scratch, 'src', 'gen'),
  ]);
  run('diff', ['-r', join(scratch, 'committed'), join(scratch, 'src', 'gen')]);
} catch {
  console.error('Run `npm run generate` and commit what it changes.');
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true });
}

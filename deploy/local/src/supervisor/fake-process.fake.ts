/** Small programs that stand for engines and services in the supervisor's tests. */
import type { ProcessStep, TaskStep } from './plan.js';

/** Lives until SIGTERM, and says when it came and went. */
export const obedient = `
  process.on('SIGTERM', () => { console.log('down'); process.exit(0); });
  console.log('up');
  setInterval(() => undefined, 1000);
`;

/** Lives through SIGTERM. */
export const deaf = `
  process.on('SIGTERM', () => console.log('what?'));
  console.log('up');
  setInterval(() => undefined, 1000);
`;

/** Ends at once with a last word. */
export const broken = `console.error('ENOSPC: no space left'); process.exit(7);`;

export function fakeProcess(
  name: string,
  script: string,
  options: Partial<ProcessStep> = {},
): ProcessStep {
  return {
    kind: 'service',
    name,
    label: `${name} on port 1`,
    needs: [],
    uses: [],
    launch: { command: [process.execPath, '-e', script], env: {}, cwd: '/' },
    port: 1,
    isReady: () => Promise.resolve(),
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
    ...options,
  };
}

export function fakeTask(name: string, script: string, needs: readonly string[] = []): TaskStep {
  return {
    kind: 'task',
    name,
    label: `tables of ${name}`,
    needs,
    launch: { command: [process.execPath, '-e', script], env: {}, cwd: '/' },
  };
}

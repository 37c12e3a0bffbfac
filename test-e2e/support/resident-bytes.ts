/** Memory of a process that is in use: VmRSS of proc(5). */
import { readFileSync } from 'node:fs';

/** @throws when the process is gone */
export function residentBytesOf(pid: number): number {
  return parseResidentBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

/** `/proc/<pid>/status`; not a number when the process has no memory left: it is ending. */
export function parseResidentBytes(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
}

export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MiB`;
}

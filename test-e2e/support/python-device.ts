/** A device or module of the unmodified Python SDK, which tells what it is sent. */
import { join } from 'node:path';
import { startTelling, type TellingProcess } from './telling-process.js';

export type PythonDevice = Pick<TellingProcess, 'told' | 'ended'>;

/** @param parameters of the script */
export function startPythonDevice(
  script: 'serve_twin.py' | 'take_messages.py',
  ...parameters: readonly string[]
): PythonDevice {
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  const path = join(import.meta.dirname, '..', 'python', script);
  return startTelling(python, [path, ...parameters]);
}

import { createLogger, type Logger } from '@linchpin/platform/logging';

export function createRegistryLogger(level: string): Logger {
  return createLogger({ service: 'registry', level });
}

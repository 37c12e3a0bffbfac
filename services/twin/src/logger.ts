import { createLogger, type Logger } from '@linchpin/platform/logging';

export function createTwinLogger(level: string): Logger {
  return createLogger({ service: 'twin', level });
}

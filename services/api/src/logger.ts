import { createLogger, type Logger } from '@linchpin/platform/logging';

export function createApiLogger(level: string): Logger {
  return createLogger({ service: 'api', level });
}

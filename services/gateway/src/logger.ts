import { createLogger, type Logger } from '@linchpin/platform/logging';

export function createGatewayLogger(level: string): Logger {
  return createLogger({ service: 'gateway', level });
}

import { createLogger, type Logger } from '@linchpin/platform/logging';

export function createFileUploadLogger(level: string): Logger {
  return createLogger({ service: 'file-upload', level });
}

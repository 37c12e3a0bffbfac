import { createLogger, type Logger } from '@linchpin/platform/logging';

export function createCloudToDeviceLogger(level: string): Logger {
  return createLogger({ service: 'cloud-to-device', level });
}

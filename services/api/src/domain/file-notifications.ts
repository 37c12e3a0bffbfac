import type { FileNotification } from '@linchpin/wire';
import type { ServiceboundMessage, ServiceboundQueue } from './servicebound-queue.js';

export type LockedFileNotification = ServiceboundMessage & FileNotification;

/** Which files devices have uploaded (service-rest.md section 13.3). */
export type FileNotifications = ServiceboundQueue<LockedFileNotification>;

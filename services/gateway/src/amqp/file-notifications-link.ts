import type { OutgoingLink } from '@linchpin/amqp';
import type { ServiceEndpoint, ServiceEndpointParts } from './service-endpoint.js';

/** Notifications of uploaded files (amqp.md section 8.3). As long as no file is uploaded there is none to give. */
export class FileNotificationsLink implements ServiceEndpoint {
  constructor(link: OutgoingLink, { onDetached }: ServiceEndpointParts) {
    const handlers = {
      onCredit: () => {
        link.finishDrain();
      },
      onOutcome: () => undefined,
      onDetached,
    };
    link.accept(handlers, { senderSettleMode: null, receiverSettleMode: 1 });
  }

  drained(): void {
    // Nothing waits for it.
  }

  drain(): Promise<void> {
    return Promise.resolve();
  }

  end(): Promise<void> {
    return Promise.resolve();
  }
}

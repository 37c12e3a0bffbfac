/** The service that keeps file notifications, as far as the api can tell: it remembers what it was asked. */
import {
  FileNotificationsService,
  type FileNotification,
  type ReceiveFileNotificationRequest,
  type SettleFileNotificationRequest,
} from '@linchpin/contracts';
import { RpcServer } from '@linchpin/testing/grpc';

export class FakeFileNotifications {
  /** The newest last. */
  readonly received: ReceiveFileNotificationRequest[] = [];
  readonly settled: SettleFileNotificationRequest[] = [];
  notification: FileNotification | undefined;
  /** May throw. */
  onSettle: () => void = () => undefined;
  #server: RpcServer | undefined;

  static async start(): Promise<FakeFileNotifications> {
    const fake = new FakeFileNotifications();
    fake.#server = await RpcServer.start([[FileNotificationsService, fake.#rpcs()]]);
    return fake;
  }

  get address(): string {
    return this.#server?.address ?? '';
  }

  stop(): void {
    this.#server?.stop();
  }

  #rpcs() {
    return {
      receiveFileNotification: (request: ReceiveFileNotificationRequest) => {
        this.received.push(request);
        return { notification: this.notification };
      },
      settleFileNotification: (request: SettleFileNotificationRequest) => {
        this.settled.push(request);
        this.onSettle();
        return {};
      },
    };
  }
}

/** The service that keeps messages to devices, as far as the api can tell: it remembers what it was asked. */
import {
  CloudToDeviceMessagesService,
  FeedbackService,
  type CountMessagesRequest,
  type CountMessagesResponse,
  type FeedbackBatch,
  type PurgeMessagesRequest,
  type ReceiveFeedbackRequest,
  type SendMessageRequest,
  type SettleFeedbackRequest,
} from '@linchpin/contracts';
import { RpcServer } from '@linchpin/testing/grpc';

export class FakeMessages {
  /** The newest last. */
  readonly sent: SendMessageRequest[] = [];
  readonly purged: PurgeMessagesRequest[] = [];
  readonly counted: CountMessagesRequest[] = [];
  readonly received: ReceiveFeedbackRequest[] = [];
  readonly settled: SettleFeedbackRequest[] = [];
  batch: FeedbackBatch | undefined;
  /** Each may throw. */
  onSend: () => void = () => undefined;
  onSettle: () => void = () => undefined;
  /** As many as its id has characters. */
  static readonly countById = ({ receivers }: CountMessagesRequest): CountMessagesResponse => ({
    counts: receivers.map(({ deviceId, moduleId = '' }) => deviceId.length + moduleId.length),
  });
  count: (request: CountMessagesRequest) => CountMessagesResponse | Promise<CountMessagesResponse> =
    FakeMessages.countById;
  #server: RpcServer | undefined;

  static async start(): Promise<FakeMessages> {
    const fake = new FakeMessages();
    fake.#server = await RpcServer.start([
      [CloudToDeviceMessagesService, fake.#messageRpcs()],
      [FeedbackService, fake.#feedbackRpcs()],
    ]);
    return fake;
  }

  get address(): string {
    return this.#server?.address ?? '';
  }

  stop(): void {
    this.#server?.stop();
  }

  #messageRpcs() {
    return {
      sendMessage: (request: SendMessageRequest) => {
        this.sent.push(request);
        this.onSend();
        return {};
      },
      purgeMessages: (request: PurgeMessagesRequest) => {
        this.purged.push(request);
        return { purgedCount: 3 };
      },
      countMessages: (request: CountMessagesRequest) => {
        this.counted.push(request);
        return this.count(request);
      },
    };
  }

  #feedbackRpcs() {
    return {
      receiveFeedback: (request: ReceiveFeedbackRequest) => {
        this.received.push(request);
        return { batch: this.batch };
      },
      settleFeedback: (request: SettleFeedbackRequest) => {
        this.settled.push(request);
        this.onSettle();
        return {};
      },
    };
  }
}

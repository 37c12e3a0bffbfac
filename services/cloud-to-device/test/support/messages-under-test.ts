/** A whole process of this service over real engines, with back ends, gateways and a registry as a test has them. */
import {
  Acknowledgement,
  CloudToDeviceMessagesClient,
  DeviceMessagesClient,
  DownlinkService,
  FeedbackClient,
  FeedbackOutcome,
  RecipientsService,
  SettlementOutcome,
  type CloudToDeviceSettings,
  type FeedbackBatch,
  type GetRecipientRequest,
  type LockedMessage,
  type LockMessagesRequest,
  type LockMessagesResponse,
  type NotifyMessagesRequest,
  type ReceivingConnection,
  type Recipient,
  type RegistryChange,
  type SendMessageRequest,
} from '@linchpin/contracts';
import { callUnary, createGrpcClient } from '@linchpin/platform/grpc';
import { RpcServer } from '@linchpin/testing/grpc';
import { HubError, identityKey } from '@linchpin/wire';
import { sql, type Expression } from 'kysely';
import { TestProcess } from './test-process.js';

export const settings: CloudToDeviceSettings = {
  defaultTtlSeconds: 3_600,
  maxDeliveryCount: 10,
  feedbackTtlSeconds: 3_600,
  feedbackLockSeconds: 60,
  feedbackMaxDeliveryCount: 10,
  purgeOnNewSubscription: false,
};

export type TestHub = Pick<Recipient, 'hub' | 'hubGeneration'>;

type Send = Partial<Omit<SendMessageRequest, 'content'>> & { readonly text?: string };
type Lock = Partial<Omit<LockMessagesRequest, 'recipient' | 'connection'>> & {
  /** What it lacks is as of one that has all that it was handed out; undefined: none. */
  readonly connection?: Partial<ReceivingConnection> | undefined;
  readonly signal?: AbortSignal;
};

interface Release {
  readonly kept?: readonly LockedMessage[];
  readonly callNumber?: bigint;
}

const options = { name: 'test', deadlineMs: 20_000 };
let hubs = 0;
let generations = 638_900_000_000_000_000n;

export class MessagesUnderTest {
  /** By hub's generation. */
  readonly settingsOf = new Map<string, CloudToDeviceSettings>();
  readonly #recipients = new Map<string, Recipient>();
  /** Tokens of all that was handed out, by whom it was sent to and the connection's sequence. */
  readonly #given = new Map<string, Buffer[]>();
  #calls = 0n;

  private constructor(
    readonly process: TestProcess,
    private readonly messages: CloudToDeviceMessagesClient,
    private readonly devices: DeviceMessagesClient,
    private readonly feedback: FeedbackClient,
  ) {}

  static async start(): Promise<MessagesUnderTest> {
    let under: MessagesUnderTest | undefined = undefined;
    const getRecipient = (request: GetRecipientRequest): object => under?.find(request) ?? {};
    const registry = [[RecipientsService, { getRecipient }]] as const;
    const process = await TestProcess.start({ registry });
    under = MessagesUnderTest.#at(process.address, process);
    return under;
  }

  static #at(address: string, process: TestProcess): MessagesUnderTest {
    const place = { address, tls: undefined };
    return new MessagesUnderTest(
      process,
      createGrpcClient(CloudToDeviceMessagesClient, place),
      createGrpcClient(DeviceMessagesClient, place),
      createGrpcClient(FeedbackClient, place),
    );
  }

  /** Another process over the same engines; it ends with this one. */
  async startBeside(): Promise<MessagesUnderTest> {
    const beside = MessagesUnderTest.#at(await this.process.startBeside(), this.process);
    this.process.stopLater(() => {
      beside.#close();
    });
    return beside;
  }

  async stop(): Promise<void> {
    await this.process.stop();
    this.#close();
  }

  /** That no other test has. */
  newHub(chosen: Partial<CloudToDeviceSettings> = {}): TestHub {
    hubs += 1;
    const hub = { hub: `hub-${hubs}`, hubGeneration: String(hubs) };
    this.settingsOf.set(hub.hubGeneration, { ...settings, ...chosen });
    return hub;
  }

  /** Made anew when the hub has one of the id. */
  newDevice(hub: TestHub = this.newHub(), deviceId = 'd1', moduleId?: string): Recipient {
    generations += 1n;
    const recipient = { ...hub, deviceId, moduleId, generationId: String(generations) };
    this.#recipients.set(identityKey(hub.hub, recipient), recipient);
    return recipient;
  }

  async send(
    { hub, hubGeneration, deviceId, moduleId }: Recipient,
    send: Send = {},
  ): Promise<void> {
    const { text = 'hello', ...members } = send;
    const request = {
      ...{ hub, hubGeneration, deviceId, moduleId },
      messageId: text,
      ack: Acknowledgement.FULL,
      content: Buffer.from(text),
      ...members,
    };
    await callUnary(this.messages.sendMessage.bind(this.messages), request, options);
  }

  async lock(recipient: Recipient, lock: Lock = {}): Promise<readonly LockedMessage[]> {
    return (await this.lockAnswer(recipient, lock)).messages;
  }

  async lockAnswer(recipient: Recipient, lock: Lock = {}): Promise<LockMessagesResponse> {
    const { signal = new AbortController().signal, ...wish } = lock;
    const { sequence = '0001', ...connection } = lock.connection ?? {};
    const given = this.#givenTo(recipient, sequence);
    const completed = { sequence, callNumber: this.nextCall(), heldLockTokens: given };
    const hasNone = 'connection' in lock && lock.connection === undefined;
    const request = {
      recipient,
      limit: 50,
      lockSeconds: 60,
      subscriptionAgeMs: undefined,
      ...wish,
      connection: hasNone ? undefined : { ...completed, ...connection },
    };
    const rpc = this.devices.lockMessages.bind(this.devices);
    const answer = await callUnary(rpc, request, { ...options, signal });
    given.push(...answer.messages.map(({ lockToken }) => lockToken));
    return answer;
  }

  /** Of connections' calls; for one that is made late. */
  nextCall(): bigint {
    this.#calls += 1n;
    return this.#calls;
  }

  async settle(
    recipient: Recipient,
    messages: readonly Pick<LockedMessage, 'lockToken'>[],
    outcome: SettlementOutcome,
    keepsMessages = true,
  ): Promise<readonly boolean[]> {
    const settlements = messages.map(({ lockToken }) => ({ lockToken, outcome }));
    const request = { recipient, settlements, keepsMessages };
    return (await callUnary(this.devices.settleMessages.bind(this.devices), request, options))
      .settled;
  }

  async release(
    recipient: Recipient,
    connectionSequence: string,
    counted: readonly Pick<LockedMessage, 'lockToken'>[],
    { kept = [], callNumber = this.nextCall() }: Release = {},
  ): Promise<void> {
    const keptLockTokens = kept.map(({ lockToken }) => lockToken);
    const countedLockTokens = counted.map(({ lockToken }) => lockToken);
    const request = {
      ...{ recipient, connectionSequence, callNumber },
      ...{ countedLockTokens, keptLockTokens },
    };
    await callUnary(this.devices.releaseMessages.bind(this.devices), request, options);
  }

  async purge({ hub, hubGeneration, deviceId, moduleId }: Recipient): Promise<number> {
    const request = { hub, hubGeneration, deviceId, moduleId };
    const rpc = this.messages.purgeMessages.bind(this.messages);
    return (await callUnary(rpc, request, options)).purgedCount;
  }

  async count(hub: TestHub, receivers: readonly Recipient[]): Promise<readonly number[]> {
    const rpc = this.messages.countMessages.bind(this.messages);
    return (await callUnary(rpc, { ...hub, receivers: [...receivers] }, options)).counts;
  }

  async receiveFeedback(hub: TestHub): Promise<FeedbackBatch | undefined> {
    const rpc = this.feedback.receiveFeedback.bind(this.feedback);
    return (await callUnary(rpc, hub, options)).batch;
  }

  /** When the next batch is due, with none due now. */
  async nextFeedbackMs(hub: TestHub): Promise<number | undefined> {
    const rpc = this.feedback.receiveFeedback.bind(this.feedback);
    return (await callUnary(rpc, hub, options)).nextDueMs;
  }

  async settleFeedback(hub: TestHub, lockToken: Buffer, outcome: FeedbackOutcome): Promise<void> {
    const rpc = this.feedback.settleFeedback.bind(this.feedback);
    await callUnary(rpc, { ...hub, lockToken, outcome }, options);
  }

  /** As if records had waited for so long. */
  async ageFeedback({ hubGeneration }: TestHub, seconds: number): Promise<void> {
    const { db } = this.process.database;
    await db
      .updateTable('feedback_records')
      .set((column) => ({
        ended_time: agedBy(column.ref('ended_time'), seconds),
        expiry_time: agedBy(column.ref('expiry_time'), seconds),
      }))
      .where('hub_generation', '=', hubGeneration)
      .execute();
    await db
      .updateTable('feedback_batches')
      .set((column) => ({
        locked_until: agedBy(column.ref('locked_until'), seconds),
        expiry_time: agedBy(column.ref('expiry_time'), seconds),
      }))
      .where('hub_generation', '=', hubGeneration)
      .execute();
  }

  /** As if so much time had passed for the hub's messages. */
  async ageMessages({ hubGeneration }: TestHub, seconds: number): Promise<void> {
    const { db } = this.process.database;
    await db
      .updateTable('messages')
      .set((column) => ({
        enqueued_time: agedBy(column.ref('enqueued_time'), seconds),
        locked_until: agedBy(column.ref('locked_until'), seconds),
        expiry_time: agedBy(column.ref('expiry_time'), seconds),
      }))
      .where('queue_id', 'in', (queues) =>
        queues.selectFrom('queues').select('queue_id').where('hub_generation', '=', hubGeneration),
      )
      .execute();
  }

  tell(change: RegistryChange): Promise<void> {
    return this.process.tell(change);
  }

  /** A gateway that lives; it holds the recipient, whose connection bears its name. */
  async startGateway(
    recipient: Recipient,
    notifyMessages: (request: NotifyMessagesRequest) => object,
  ): Promise<RpcServer> {
    const gateway = await RpcServer.start([[DownlinkService, { notifyMessages }]]);
    this.process.stopLater(() => {
      gateway.stop();
    });
    const { redis, keys } = this.process;
    await redis.hset(keys.gateways, gateway.address, gateway.address);
    await redis.hset(keys.presence(identityKey(recipient.hub, recipient)), {
      gateway: gateway.address,
      connection: `connection of ${recipient.deviceId}`,
      hubGeneration: recipient.hubGeneration,
      generation: recipient.generationId,
    });
    return gateway;
  }

  find({ hub, hubGeneration, ...identity }: GetRecipientRequest): object {
    const recipient = this.#recipients.get(identityKey(hub, identity));
    if (recipient?.hubGeneration !== hubGeneration) {
      throw new HubError('DeviceNotFound', 'There is no such device.');
    }
    const { generationId } = recipient;
    return { generationId, settings: this.settingsOf.get(hubGeneration) ?? settings };
  }

  #close(): void {
    this.messages.close();
    this.devices.close();
    this.feedback.close();
  }

  #givenTo({ generationId }: Recipient, sequence: string): Buffer[] {
    const key = `${generationId}/${sequence}`;
    const given = this.#given.get(key) ?? [];
    this.#given.set(key, given);
    return given;
  }
}

function agedBy<Value>(column: Expression<Value>, seconds: number) {
  return sql<Value>`${column} - make_interval(secs => ${seconds})`;
}

/** What was sent, as `send` was given it. */
export function textsOf(messages: readonly LockedMessage[]): readonly string[] {
  return messages.map(({ content }) => content.toString());
}

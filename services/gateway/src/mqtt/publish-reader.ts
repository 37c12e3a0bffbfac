/** From a PUBLISH to what it means (device-mqtt.md sections 4.2 and 5). */
import {
  decodePropertyBag,
  PublishTopicParser,
  toMessageProperties,
  type DeviceIdentityId,
  type MessageProperties,
  type PublishTopic,
} from '@linchpin/wire';
import { markRetained } from '../domain/send-telemetry.js';
import { decodePublish, decodeTopic } from './publish-packet.js';

type PublishMeaning =
  | { readonly kind: 'telemetry'; readonly message: MessageProperties }
  | Exclude<PublishTopic, { readonly kind: 'telemetry' }>;

interface ReadPublish {
  readonly meaning: PublishMeaning;
  readonly payload: Buffer;
  readonly packetId: number | undefined;
}

/** Longer topics are read anew each time, so that a connection keeps little. */
const keptTopicBytesMax = 256;

/** Reads the publishes of one connection. */
export class PublishReader {
  readonly #topics: PublishTopicParser;
  /** Devices tend to repeat their topic: what the last one meant is kept. */
  #lastTopic: Buffer | undefined;
  #lastMeaning: PublishMeaning | undefined;

  constructor(identity: DeviceIdentityId) {
    this.#topics = new PublishTopicParser(identity);
  }

  /** @throws ProtocolViolation for a malformed packet, HubError for a topic that is not allowed */
  read(packet: Buffer, bodyStart: number): ReadPublish {
    const { topic, payload, retain, packetId } = decodePublish(packet, bodyStart);
    const meaning = this.#meaningOf(topic);
    if (retain && meaning.kind === 'telemetry') {
      const message = markRetained(meaning.message);
      return { meaning: { kind: 'telemetry', message }, payload, packetId };
    }
    return { meaning, payload, packetId };
  }

  #meaningOf(topic: Buffer): PublishMeaning {
    if (this.#lastMeaning !== undefined && this.#lastTopic?.equals(topic) === true) {
      return this.#lastMeaning;
    }
    const meaning = toMeaning(this.#topics.parse(decodeTopic(topic)));
    if (topic.length <= keptTopicBytesMax) {
      this.#lastTopic = Buffer.from(topic);
      this.#lastMeaning = meaning;
    }
    return meaning;
  }
}

function toMeaning(topic: PublishTopic): PublishMeaning {
  return topic.kind === 'telemetry'
    ? { kind: 'telemetry', message: toMessageProperties(decodePropertyBag(topic.bag)) }
    : topic;
}

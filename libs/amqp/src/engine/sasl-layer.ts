import type { AmqpReader } from '../codec/amqp-reader.js';
import type { FrameOutput } from '../frames/frame-output.js';
import { expectDescriptor } from '../performatives/descriptors.js';
import {
  decodeSaslInit,
  encodeSaslMechanisms,
  encodeSaslOutcome,
  type SaslInit,
  type SaslOutcome,
} from '../performatives/sasl.js';

/** The frames of SASL, of one exchange without challenges (part 5, section 5.3). */
export class SaslLayer {
  #isDone = false;

  constructor(
    private readonly mechanisms: readonly string[],
    private readonly output: FrameOutput,
  ) {}

  /** Whether there was an outcome: SASL is spoken once. */
  get isDone(): boolean {
    return this.#isDone;
  }

  writeMechanisms(): void {
    this.output.writeSaslFrame(encodeSaslMechanisms, this.mechanisms);
  }

  /** @returns undefined for a mechanism that was not offered */
  receive(body: AmqpReader): SaslInit | undefined {
    expectDescriptor(body, 'saslInit');
    const init = decodeSaslInit(body);
    return this.mechanisms.includes(init.mechanism) ? init : undefined;
  }

  writeOutcome(outcome: SaslOutcome): void {
    this.#isDone = true;
    this.output.writeSaslFrame(encodeSaslOutcome, outcome);
  }
}

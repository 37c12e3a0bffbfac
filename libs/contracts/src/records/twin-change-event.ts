/**
 * The record of the topic `hub-events` that says how a twin changed (events-monitoring.md sections 1 and 1.1).
 */
import { envelopeHeaders, hubEventKey, type HeaderPair } from './hub-event-envelope.js';

export interface TwinChangeEvent {
  readonly hub: string;
  readonly hubGeneration: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly generationId: string;
  readonly type: 'updateTwin' | 'replaceTwin';
  readonly occurredAt: Date;
  /** What changed, or the whole twin. */
  readonly bodyJson: string;
}

interface EncodedRecord {
  readonly key: string;
  readonly value: string;
  readonly headers: readonly HeaderPair[];
}

const kind = { source: 'twinChangeEvents', schema: 'twinChangeNotification' };

export function encodeTwinChange(event: TwinChangeEvent): EncodedRecord {
  return {
    key: hubEventKey(event),
    value: event.bodyJson,
    headers: [...envelopeHeaders(event, kind), ['linchpin-hub-generation', event.hubGeneration]],
  };
}

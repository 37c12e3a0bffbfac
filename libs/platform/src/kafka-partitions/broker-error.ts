import { GenericError, MultipleErrors, ProtocolError } from '@platformatic/kafka';

/**
 * The error that a broker answered with, wherever the client wrapped it; undefined when no broker
 * answered at all.
 */
export function brokerErrorIn(error: unknown): ProtocolError | undefined {
  if (error instanceof ProtocolError) {
    return error;
  }
  if (error instanceof MultipleErrors) {
    for (const inner of error.errors) {
      const found = brokerErrorIn(inner);
      if (found !== undefined) {
        return found;
      }
    }
  }
  return error instanceof Error ? brokerErrorIn(error.cause) : undefined;
}

/** Whether the client says so: a broker's answer, or none. All else is a fault of our own. */
export function isKafkaError(error: unknown): error is Error {
  return error instanceof GenericError || error instanceof MultipleErrors;
}

/** Kafka's name of a broker's error, such as `NOT_LEADER_OR_FOLLOWER`. */
export function nameOfBrokerError(error: ProtocolError): string {
  return String(error['apiId']);
}

/** Whether the same request may succeed later, by Kafka's own table. */
export function isRetriable(error: ProtocolError): boolean {
  return error['canRetry'] === true;
}

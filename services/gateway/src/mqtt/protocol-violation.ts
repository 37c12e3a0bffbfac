/**
 * The client broke the rules of MQTT, or IoT Hub's. MQTT 3.1.1 has no way to say so: its connection
 * is closed, and the message goes to the log.
 */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

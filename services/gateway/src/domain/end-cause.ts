/**
 * Why a connection ends; also the cause of its connection-state event. `token-expired` is a certificate's
 * end too.
 */
export type EndCause =
  | 'client-disconnect'
  | 'connection-lost'
  | 'keep-alive-timeout'
  | 'takeover'
  | 'token-expired'
  | 'revoked'
  | 'protocol-violation'
  | 'store-failed'
  /** The hub did more than it may, or has no messages left today. */
  | 'hub-limit'
  | 'gateway-stopped';

/** An orderly DISCONNECT is the only end after which no will is sent (device-mqtt.md section 2.8). */
export function firesWill(cause: EndCause): boolean {
  return cause !== 'client-disconnect';
}

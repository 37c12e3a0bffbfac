/** Why a connection ends. Ours: Azure tells nobody. `token-expired` is a certificate's end too. */
export type EndCause =
  | 'client-disconnect'
  | 'connection-lost'
  | 'keep-alive-timeout'
  /** It does not read what it is sent. */
  | 'not-reading'
  | 'takeover'
  | 'token-expired'
  | 'revoked'
  | 'protocol-violation'
  | 'store-failed'
  /** The hub did more than it may, or has no messages left today. */
  | 'hub-limit'
  | 'gateway-stopped';

/** Why an identity connected or disconnected, as its event tells. */
export type ConnectionStateCause =
  | 'connect'
  | EndCause
  /** A gateway is lost with its connections: nobody is left to end them. */
  | 'gateway-lost';

/** Who sends a request, and what that one may do. */
export interface Caller {
  readonly hub: string;
  readonly policy: string;
  /** The flags of security-limits.md section 1. */
  readonly rights: number;
}

/** Judges shared access signatures; keys never leave whoever does. */
export interface ServiceAuthorizer {
  /**
   * @param path decoded, such as `/devices/d1`; the token's audience must cover it
   * @throws HubError with the code that the client is to see
   */
  authorize(sharedAccessSignature: string, path: string): Promise<Caller>;
}

/** What public listeners speak, the lowest first (security-limits.md section 5). */
export const tlsVersions = ['1.2', '1.3'] as const;

export type TlsVersion = (typeof tlsVersions)[number];

/** How a client has come, of which a hub may refuse some before it looks at a credential. */
export interface ClientSource {
  /** Empty when it is not known. */
  readonly address: string;
  /** Undefined when it is not known. */
  readonly tlsVersion: TlsVersion | undefined;
}

/** `1.3`, or `TLSv1.3` as Node and OpenSSL call it; undefined for what listeners do not speak. */
export function readTlsVersion(name: string | null | undefined): TlsVersion | undefined {
  return tlsVersions.find((version) => name === version || name === `TLSv${version}`);
}

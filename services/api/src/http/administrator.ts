import { createHash, timingSafeEqual } from 'node:crypto';
import { HubError } from '@linchpin/wire';

/** Knows the one secret of the control plane, `Authorization: Bearer <token>`. */
export class Administrator {
  readonly #expected: Buffer;

  constructor(token: string) {
    this.#expected = digest(token);
  }

  /** @throws HubError `GenericUnauthorized` */
  check(authorization: string | undefined): void {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    // Digests have one length, which the comparison needs, and hide that of the token.
    if (token === undefined || !timingSafeEqual(digest(token), this.#expected)) {
      throw new HubError(
        'GenericUnauthorized',
        'The control plane needs the header "Authorization: Bearer <admin token>".',
      );
    }
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** What a client certificate proves of a device or module (security-limits.md section 4). */
import { normalizeThumbprint, thumbprintsOf } from '@linchpin/auth';
import { formatIdentityId, HubError } from '@linchpin/wire';
import type { Proof } from './proof.js';
import type { Authentication, Thumbprints } from './authentication.js';
import { validateChain } from './certificate-chain.js';
import { authorityCredential, credentialClass, thumbprintCredential } from './credential-id.js';
import type { IdentityId } from './device-identity.js';
import {
  expiryOf,
  InvalidCertificate,
  readX509,
  requireValidAt,
  type Certificate,
} from './x509-certificate.js';

interface CertificateClaim {
  readonly id: IdentityId;
  readonly authentication: Authentication;
  /** In DER, the device's own first. */
  readonly shown: readonly Uint8Array[];
  /** Who may vouch for it. */
  readonly trusted: readonly Certificate[];
  readonly now: Date;
}

type Proven = Pick<Proof, 'kind' | 'expiresAt' | 'credentialIds'>;

/** @throws HubError IotHubUnauthorized */
export function proveByCertificate(claim: CertificateClaim): Proof {
  const scope = claim.id.moduleId === undefined ? 'device' : 'module';
  try {
    return { scope, ...prove(claim) };
  } catch (error) {
    if (error instanceof InvalidCertificate) {
      throw new HubError(
        'IotHubUnauthorized',
        `The certificate does not count: ${error.message}.`,
        { cause: error },
      );
    }
    throw error;
  }
}

function prove(claim: CertificateClaim): Proven {
  const { authentication } = claim;
  switch (authentication.type) {
    case 'selfSigned':
      return proveByThumbprint(claim, authentication);
    case 'certificateAuthority':
      return proveByAuthority(claim);
    case 'sas':
    case 'none':
      throw new InvalidCertificate(
        `authentication of type ${authentication.type} is not proven by one`,
      );
  }
}

function proveByThumbprint(
  { shown: [leaf = new Uint8Array()], now }: CertificateClaim,
  { primaryThumbprint, secondaryThumbprint }: Thumbprints,
): Proven {
  const { sha1, sha256 } = thumbprintsOf(leaf);
  const proven = [primaryThumbprint, secondaryThumbprint]
    .filter((configured) => configured !== undefined)
    .find((configured) => [sha1, sha256].includes(normalizeThumbprint(configured)));
  if (proven === undefined) {
    // Azure's text.
    throw new InvalidCertificate(
      'Thumbprint does not match configuration: ' +
        `Thumbprint: SHA1Hash=${sha1}, SHA2Hash=${sha256}; Configuration: ` +
        `PrimaryThumbprint=${primaryThumbprint ?? ''}, SecondaryThumbprint=${secondaryThumbprint ?? ''}`,
    );
  }
  // Whatever has the right thumbprint was registered, yet it may be no certificate at all.
  const x509 = readX509(leaf);
  requireValidAt(x509, now);
  return {
    kind: 'thumbprint',
    expiresAt: expiryOf(x509),
    credentialIds: [thumbprintCredential(proven)],
  };
}

const clientAuthentication = '1.3.6.1.5.5.7.3.2';

function proveByAuthority({ id, shown, trusted, now }: CertificateClaim): Proven {
  const purpose = clientAuthentication;
  const trustedName = 'a verified CA certificate of the hub';
  const claimed = { shown, trusted, trustedName, purpose, now };
  const { leaf, anchor, expiresAt } = validateChain(claimed);
  requireCommonName(formatIdentityId(id), leaf.commonName);
  return {
    kind: 'certificateAuthority',
    expiresAt,
    credentialIds: [authorityCredential(anchor.x509.raw), credentialClass.certificateAuthority],
  };
}

/** Tells the log both, for a name in another letter case looks alike; of a long one its beginning. */
function requireCommonName(wanted: string, found: string | undefined): void {
  if (found !== wanted) {
    const shown =
      found === undefined ? 'none, or several' : `"${found.slice(0, wanted.length + 64)}"`;
    throw new InvalidCertificate(`its common name must be "${wanted}", and it has ${shown}`);
  }
}

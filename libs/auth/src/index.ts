export { originOf } from './client-origin.js';
export {
  readTlsVersion,
  tlsVersions,
  type ClientSource,
  type TlsVersion,
} from './client-source.js';
export { FairTurns } from './fair-turns.js';
export { compileIpFilter, validateIpMask, type IpFilter, type IpFilterRule } from './ip-filter.js';
export {
  defaultPolicies,
  formatRights,
  hasRight,
  parseRights,
  rightBits,
  type DefaultPolicy,
  type Right,
} from './rights.js';
export {
  audienceCovers,
  audienceHost,
  deviceResource,
  ownAudienceCovers,
  serviceResource,
} from './sas-audience.js';
export { verifySasSignature, type SasSigned, type SasSignedText } from './sas-signature.js';
export {
  createSasToken,
  isSasTokenExpired,
  parseSasToken,
  type SasToken,
  type SasTokenFields,
} from './sas-token.js';
export { generateSymmetricKey, validateSymmetricKey } from './symmetric-key.js';
export { normalizeThumbprint, thumbprintsOf, type Thumbprints } from './thumbprint.js';

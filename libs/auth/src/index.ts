export { originOf } from './client-origin.js';
export {
  readTlsVersion,
  tlsVersions,
  type ClientSource,
  type TlsVersion,
} from './client-source.js';
export { compileIpFilter, validateIpMask, type IpFilterRule } from './ip-filter.js';
export { defaultPolicies, formatRights, hasRight, parseRights, type Right } from './rights.js';
export {
  audienceCovers,
  audienceHost,
  audiencePath,
  deviceResource,
  identitiesOfAudience,
  ownAudienceCovers,
  serviceResource,
} from './sas-audience.js';
export { verifySasSignature } from './sas-signature.js';
export { createSasToken, isSasTokenExpired, parseSasToken, type SasToken } from './sas-token.js';
export { generateSymmetricKey, validateSymmetricKey } from './symmetric-key.js';
export { normalizeThumbprint, thumbprintsOf } from './thumbprint.js';

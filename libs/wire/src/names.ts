/** Rules for the names of hubs (service-rest.md section 14.2) and policies (security-limits.md section 1). */
import { HubError } from './hub-error.js';
import { azureLimits } from './limits.js';

const { hubNameLengthMin, hubNameLengthMax, policyNameLengthMax } = azureLimits;

/** Throws ArgumentInvalid. Letter case is kept, but two names that differ in it alone are one name. */
export function validateHubName(name: string): void {
  const wellFormed =
    name.length >= hubNameLengthMin &&
    name.length <= hubNameLengthMax &&
    /^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$/.test(name) &&
    /[^0-9]/.test(name);
  if (!wellFormed) {
    throw new HubError(
      'ArgumentInvalid',
      `A hub name has ${hubNameLengthMin} to ${hubNameLengthMax} ASCII letters, digits and hyphens, ` +
        'begins and ends with a letter or digit and is not all digits.',
    );
  }
}

/** Throws ArgumentInvalid. Letter case as for hub names. */
export function validatePolicyName(name: string): void {
  if (name.length > policyNameLengthMax || !/^[A-Za-z0-9._-]+$/.test(name)) {
    throw new HubError(
      'ArgumentInvalid',
      `A policy name has 1 to ${policyNameLengthMax} ASCII letters, digits and - . _`,
    );
  }
}

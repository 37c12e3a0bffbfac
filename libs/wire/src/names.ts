/**
 * Rules for the names of hubs (service-rest.md section 14.2), policies, certificates and consumer groups
 * (security-limits.md sections 1, 7 and 8).
 */
import { HubError } from './hub-error.js';
import { azureLimits } from './limits.js';

const {
  hubNameLengthMin,
  hubNameLengthMax,
  policyNameLengthMax,
  certificateNameLengthMax,
  consumerGroupNameLengthMax,
} = azureLimits;

/** Letter case is kept, but two names that differ in it alone are one name. @throws HubError ArgumentInvalid */
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

/** Letter case as for hub names. @throws HubError ArgumentInvalid */
export function validatePolicyName(name: string): void {
  validateLabel('policy', name, policyNameLengthMax);
}

/** Letter case as for hub names. @throws HubError ArgumentInvalid */
export function validateCertificateName(name: string): void {
  validateLabel('certificate', name, certificateNameLengthMax);
}

function validateLabel(what: string, name: string, lengthMax: number): void {
  if (name.length > lengthMax || !/^[A-Za-z0-9._-]+$/.test(name)) {
    throw new HubError(
      'ArgumentInvalid',
      `A ${what} name has 1 to ${lengthMax} ASCII letters, digits and - . _`,
    );
  }
}

/** Letter case as for hub names. @throws HubError ArgumentInvalid */
export function validateConsumerGroupName(name: string): void {
  const wellFormed =
    name.length <= consumerGroupNameLengthMax &&
    (/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(name) || isDefaultConsumerGroup(name));
  if (!wellFormed) {
    throw new HubError(
      'ArgumentInvalid',
      `A consumer group has a name of 1 to ${consumerGroupNameLengthMax} ASCII letters, digits and ` +
        '- . _, beginning and ending with a letter or digit.',
    );
  }
}

/** The one that every hub has. */
export const defaultConsumerGroup = '$Default';

export function isDefaultConsumerGroup(name: string): boolean {
  return name.toLowerCase() === defaultConsumerGroup.toLowerCase();
}

/** Which IP filter rules a hub may have (security-limits.md section 6). */
import { validateIpMask, type IpFilterRule } from '@linchpin/auth';
import { azureLimits, HubError } from '@linchpin/wire';
import { validateFreeText } from './free-text.js';

/** @throws HubError ArgumentInvalid */
export function validateIpFilterRules(rules: readonly IpFilterRule[]): void {
  const { ipFilterRulesMax, ipFilterNameLengthMax } = azureLimits;
  if (rules.length > ipFilterRulesMax) {
    throw new HubError('ArgumentInvalid', `A hub has at most ${ipFilterRulesMax} IP filter rules.`);
  }
  const names = new Set<string>();
  for (const { filterName, ipMask } of rules) {
    validateFreeText('filterName', filterName, ipFilterNameLengthMax);
    if (filterName === '' || names.has(filterName.toLowerCase())) {
      const fault = filterName === '' ? 'one has none' : `two have the name ${filterName}`;
      throw new HubError('ArgumentInvalid', `Each IP filter rule has a name of its own: ${fault}.`);
    }
    names.add(filterName.toLowerCase());
    validateIpMask(ipMask);
  }
}

import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** Addresses and networks in CIDR notation, separated by commas; nobody when it is absent. */
export const networks = z
  .string()
  .optional()
  .transform((text, context) => {
    const list = new BlockList();
    for (const network of (text ?? '').split(',').map((part) => part.trim())) {
      if (network !== '' && !addNetwork(list, network)) {
        context.addIssue(`"${network}" is not an address or a network such as 10.0.0.0/8`);
      }
    }
    return list;
  });

function addNetwork(list: BlockList, network: string): boolean {
  const [address = '', bits, ...rest] = network.split('/');
  const version = isIP(address);
  const width = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Infinity;
  if (version === 0 || prefix > width || rest.length > 0) {
    return false;
  }
  list.addSubnet(address, prefix, version === 6 ? 'ipv6' : 'ipv4');
  return true;
}

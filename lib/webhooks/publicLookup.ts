import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { TargetError } from '../errors.ts';
import { isPublicAddress } from './publicAddress.ts';

/** All addresses of a name. */
export type ResolveName = (name: string) => Promise<string[]>;

const DNS_LIMITS = { timeout: 2_000, tries: 2 };

/** Asks the name servers, and no file of this machine. `dns.lookup` would take one of Node's four threads for it,
 * so that four names whose servers are silent hold up all others. */
export const resolveName: ResolveName = async (name) => {
  const resolver = new Resolver(DNS_LIMITS);
  const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
};

/** For `lookup` of a connection: it goes to one of the very addresses that were looked at, so that a name which
 * changes its mind in between gains nothing. One address that is not public is enough to be refused. */
export function publicLookup(resolve: ResolveName): LookupFunction {
  const find = async (name: string) => {
    const addresses = await resolve(name);
    if (addresses.length === 0) throw new TargetError(`${name} has no address.`);
    const forbidden = addresses.find((address) => !isPublicAddress(address));
    if (forbidden) throw new TargetError(`${name} leads to ${forbidden}, which is not public.`);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
  return (name, _options, callback) => {
    find(name).then(
      (addresses) => callback(null, addresses),
      (error) => callback(error, []),
    );
  };
}

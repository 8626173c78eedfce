/** The sender that a source address stands for. An IPv6 subscriber gets at least a /64 and can use any address in it;
 * an IPv4 address is often shared, and is the smallest there is.
 * @param address of a connection, IPv4 or IPv6; anything else is returned as it is */
export function sourceNetwork(address: string): string {
  const groups = groupsOf(address);
  if (!groups) return address;
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  const prefix = groups.slice(0, 4).map((group) => group.toString(16));
  return `${prefix.join(':')}::/64`;
}

const DOTTED_END = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/;

/** The eight numbers of an IPv6 address in any spelling; undefined for anything else. By hand, because a URL's parser
 * takes ten times as long. */
function groupsOf(address: string): number[] | undefined {
  if (!address.includes(':')) return undefined;
  const hexadecimal = address.replace(DOTTED_END, (_, ...parts) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [before = [], after] = hexadecimal
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const omitted = 8 - before.length - (after?.length ?? 0);
  if (omitted < 0 || (after === undefined && omitted > 0)) return undefined;
  const groups = [...before, ...Array<string>(omitted).fill('0'), ...(after ?? [])];
  const numbers = groups.map((group) => Number.parseInt(group, 16));
  return numbers.some(Number.isNaN) ? undefined : numbers;
}

import { UNKNOWN } from './cloudFormation.ts';

/** Reads an integer within the range, given as a number or, from a parameter, as text; undefined if not set. */
export function whole(
  properties: Record<string, unknown>,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const value = properties[name];
  if (value === undefined) return undefined;
  const number = known(value, name) === '' ? Number.NaN : Number(value);
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new Error(`${name} must be an integer from ${least} to ${most}, not ${String(value)}`);
  }
  return number;
}

/** Reads a boolean; CloudFormation parameters hold booleans as text. */
export function flag(properties: Record<string, unknown>, name: string, otherwise: boolean): boolean {
  const value = known(properties[name], name);
  return value === undefined ? otherwise : value === true || value === 'true';
}

export function text(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof known(value, name) !== 'string') throw new Error(`${name} must be a string`);
  return String(value);
}

function known(value: unknown, name: string): unknown {
  if (value === UNKNOWN)
    throw new Error(`${name} is an intrinsic function that only a deployment can resolve`);
  return value;
}

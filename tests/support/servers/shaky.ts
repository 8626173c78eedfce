import { jest } from '@jest/globals';

type Anything = (...args: never[]) => Promise<unknown>;

/** Makes calls of a function fail: `faultOf` gets the arguments of each call, and returns its error or undefined. */
export interface Faults<F extends Anything> {
  /** From now on; undefined lets every call pass. */
  fail(faultOf: ((...args: Parameters<F>) => Error | undefined) | undefined): void;
}

/** A function as it is, but for the faults that a test asks for. */
export function shaky<F extends Anything>(real: F): { shaken: F; faults: Faults<F> } {
  let faultOf: ((...args: Parameters<F>) => Error | undefined) | undefined;
  const shaken = async (...args: Parameters<F>) => {
    const fault = faultOf?.(...args);
    if (fault) throw fault;
    return real(...args);
  };
  return {
    shaken: shaken as unknown as F,
    faults: {
      fail: (next) => {
        faultOf = next;
      },
    },
  };
}

/** Puts a shaken function in place of a module's own, for modules that are imported from now on.
 * @param path of the module, absolute */
export async function shakeModule<F extends Anything>(path: string, name: string): Promise<Faults<F>> {
  const real = await import(path);
  const { shaken, faults } = shaky(real[name] as F);
  jest.unstable_mockModule(path, () => ({ ...real, [name]: shaken }));
  return faults;
}

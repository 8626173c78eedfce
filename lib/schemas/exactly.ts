import type { GenericSchema, InferOutput } from 'valibot';

type Flat<T> = { [K in keyof T]: T[K] };

type Same<A, B> =
  (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? unknown : never;

/** Takes only a schema whose type is `T` to the letter, so that neither changes without the other. The types
 * live where they are used, in the domain and in the client, which carry no schema library. */
export function exactly<T>() {
  return <S extends GenericSchema<T>>(schema: S & Same<InferOutput<S>, T>): S => schema;
}

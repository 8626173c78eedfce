import * as v from 'valibot';

type Flat<T> = { [K in keyof T]: T[K] };

type Same<A, B> =
  (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? unknown : never;

/** Takes only a schema whose type is `T` to the letter, so that neither changes without the other. The types
 * live where they are used, in the domain and in the client, which carry no schema library. */
export function schemaOf<T>() {
  return <S extends v.GenericSchema<T>>(schema: S & Same<v.InferOutput<S>, T>): S => schema;
}

/** The values that answers and messages are made of; these schemas describe and never run. */
export const uuid = v.pipe(v.string(), v.uuid());
export const time = v.pipe(v.string(), v.isoTimestamp(), v.endsWith('Z'));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const receipt = v.pipe(
  v.string(),
  v.description('Names the vote and tells nothing about it. With it the vote can be looked up.'),
);

export const rejectionReason = v.picklist(['already_voted', 'poll_closed', 'poll_not_open', 'poll_deleted']);

/** A hidden value is null. */
export const hidden = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(v.nullable(schema), v.description(`${description} Null where this reader may not see the results.`));

export const version = hidden(
  count,
  'Rises with every change of counts or state: of two, the higher one is the later.',
);

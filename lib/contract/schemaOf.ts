import * as v from 'valibot';

type Flat<T> = { [K in keyof T]: T[K] };

type Same<A, B> =
  (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? unknown : never;

/** Accepts only a schema of exactly type `T`, so that neither changes without the other. The types live in
 * the domain and the client, which do not depend on the schema library. */
export function schemaOf<T>() {
  return <S extends v.GenericSchema<T>>(schema: S & Same<v.InferOutput<S>, T>): S => schema;
}

/** Building blocks of response schemas, which only describe and never parse. */
export const uuid = v.pipe(v.string(), v.uuid());
export const time = v.pipe(v.string(), v.isoTimestamp(), v.endsWith('Z'));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const receipt = v.pipe(
  v.string(),
  v.description('An opaque token for looking up the vote. It reveals nothing about the vote.'),
);

export const rejectionReason = v.picklist([
  'already_voted',
  'poll_closed',
  'poll_not_open',
  'poll_changed',
  'poll_deleted',
]);

/** A hidden value is null. */
export const hidden = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(v.nullable(schema), v.description(`${description} Null if this reader may not see the results.`));

export const version = hidden(
  count,
  'Rises with every change of counts or state, so the higher of two versions is newer.',
);

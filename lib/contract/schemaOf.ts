import * as v from 'valibot';
import { REJECTION_REASONS } from '../domain/voteStatus.ts';

type Flat<T> = { [K in keyof T]: T[K] };

type Same<A, B> =
  (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? unknown : never;

/** Accepts only a schema of exactly type `T`, so that neither changes without the other. The types are in
 * the domain and in messageTypes.ts, which do not depend on the schema library. */
export function schemaOf<T>() {
  return <S extends v.GenericSchema<T>>(schema: S & Same<v.InferOutput<S>, T>): S => schema;
}

/** Building blocks of response schemas, which only describe and never parse. */
const uuid = v.pipe(v.string(), v.uuid());
export const pollId = v.pipe(uuid, v.description("The poll's id."));
export const optionId = v.pipe(uuid, v.description("The option's id."));
export const optionText = v.pipe(v.string(), v.description("The option's text, normalized."));
const time = v.pipe(v.string(), v.isoTimestamp(), v.endsWith('Z'));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.metadata({ format: 'int64' }));

export const receipt = v.pipe(
  v.string(),
  v.description('An opaque token for looking up the vote. It reveals nothing about the vote.'),
);

export const rejectionReason = v.pipe(
  v.picklist(REJECTION_REASONS),
  v.description('Why a vote was rejected. Each reason is an error code too.'),
);

/** A time with a description, without which a field of a response would explain nothing. */
export const moment = (description: string) => v.pipe(time, v.description(description));

/** A hidden value is null. */
export const hidden = <S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(v.nullable(schema), v.description(`${description} Null if this reader may not see the results.`));

export const version = hidden(
  count,
  'Rises with every change of counts or state, so the higher of two versions is newer.',
);

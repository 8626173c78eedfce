/** A type that TypeScript keeps apart from others of the same base, such as milliseconds from microseconds. A value
 * without a unit is accepted: what came from outside gets its unit where it is read. */
type Unit<Base, Name extends string> = Base & { readonly unit?: Name };

/** Milliseconds since 1970. */
export type Millis = Unit<number, 'ms'>;

/** Microseconds since 1970. */
export type Micros = Unit<number, 'µs'>;

/** A UUID with dashes, in lower case. */
export type Uuid = Unit<string, 'uuid'>;

/** A UUID as 32 hex digits, which records and Postgres take without a conversion. */
export type HexId = Unit<string, 'hex'>;

const MICROS_PER_MS = 1_000;

export const toMillis = (micros: Micros): Millis => (micros as number) / MICROS_PER_MS;
export const toMicros = (millis: Millis): Micros => (millis as number) * MICROS_PER_MS;

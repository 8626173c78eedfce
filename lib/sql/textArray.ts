/** A `text[]` as Postgres reads it. The client would have to ask each new connection for the types of arrays to
 * do this by itself: one more round trip at every cold start. */
export function textArray(values: string[]): string {
  return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
}

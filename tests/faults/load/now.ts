/** Milliseconds since 1970 with fractions, by a clock that nothing can step. */
export const now = (): number => performance.timeOrigin + performance.now();

/**
 * Returns the number of warm instances, or null for none: osls makes versions and an alias for any number.
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 * @returns {Promise<number | null>}
 */
export async function instances({ resolveVariable }) {
  return Number(await resolveVariable('param:provisionedConcurrency')) || null;
}

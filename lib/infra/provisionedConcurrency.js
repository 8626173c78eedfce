/**
 * Returns the number of warm instances, or null for none: osls makes versions and an alias for any number.
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 * @returns {Promise<number | null>}
 */
export async function instances({ resolveVariable }) {
  return Number(await resolveVariable('param:provisionedConcurrency')) || null;
}

/**
 * Returns a text that differs at each deployment, or null without warm instances. osls names a version after the
 * template, in which parameters and secrets are references: a changed value alone would publish no version, and the alias
 * would keep the old environment. A description is a part of the name.
 *
 * @param {{ resolveVariable(name: string): Promise<string> }} serverless
 * @returns {Promise<string | null>}
 */
export async function description({ resolveVariable }) {
  if ((await instances({ resolveVariable })) === null) return null;
  return `Deployment ${await resolveVariable('sls:instanceId')}`;
}

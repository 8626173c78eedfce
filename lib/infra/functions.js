/**
 * Returns the VPC settings of all functions except those with `vpc: false`, as an extension: osls itself takes no conditions there.
 *
 * @param {{ resolveVariable(name: string): Promise<object> }} serverless
 */
export async function extensions({ resolveVariable }) {
  const [functions, VpcConfig] = await Promise.all([
    resolveVariable('self:functions'),
    resolveVariable('file(lib/infra/network.yml):vpc'),
  ]);
  const inVpc = Object.keys(functions).filter((name) => functions[name].vpc !== false);
  return Object.fromEntries(inVpc.map((name) => [logicalId(name), { Properties: { VpcConfig } }]));
}

const logicalId = (name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}LambdaFunction`;

import type { PackagedFunction } from './packagedFunction.ts';
import type { PackagedStack } from './packagedStack.ts';

/** A function's properties in the template. */
export interface LambdaProperties {
  FunctionName: string;
  Handler: string;
  Timeout: number;
  Environment: { Variables: Record<string, unknown> };
}

const shortName = ({ FunctionName }: LambdaProperties) => FunctionName.replace(/^poleparty-\w+-/, '');

function propertiesOf(stack: PackagedStack): LambdaProperties[] {
  return Object.values(stack.deployedWith({}))
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties }) => Properties as unknown as LambdaProperties);
}

export function functionNames(stack: PackagedStack): string[] {
  return propertiesOf(stack).map(shortName).sort();
}

/** A function as it is deployed: its package, and the variables that the template gives it and no others.
 * @param here values that the template takes from a deployment, by the variables' names
 * @throws Error for a variable without a value in the template and in `here` */
export function describeFunction(
  stack: PackagedStack,
  name: string,
  here: Record<string, string>,
): PackagedFunction {
  const found = propertiesOf(stack).find((lambda) => shortName(lambda) === name);
  if (!found) throw new Error(`The stack has no function ${name}.`);
  const variables = Object.entries(found.Environment.Variables).map(([variable, value]) => {
    const known = here[variable] ?? value;
    if (typeof known !== 'string')
      throw new Error(`${name} is told ${variable}, for which no value is known here.`);
    return [variable, known];
  });
  return {
    name,
    handler: found.Handler,
    folder: stack.unpack(name),
    timeoutSeconds: found.Timeout,
    environment: Object.fromEntries(variables) as Record<string, string>,
  };
}

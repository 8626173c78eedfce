import type { PackagedFunction } from './packagedFunction.ts';
import type { PackagedStack } from './packagedStack.ts';

/** As the template has it. */
export interface LambdaProperties {
  FunctionName: string;
  Handler: string;
  Timeout: number;
  Environment: { Variables: Record<string, unknown> };
}

const shortName = ({ FunctionName }: LambdaProperties) => FunctionName.replace(/^poleparty-\w+-/, '');

function propertiesOf(stack: PackagedStack): LambdaProperties[] {
  return stack
    .ofType('AWS::Lambda::Function')
    .map(([, { Properties }]) => Properties as unknown as LambdaProperties);
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
    const known = here[variable] ?? literal(stack, value);
    if (known === undefined)
      throw new Error(`${name} is told ${variable}, for which no value is known here.`);
    return [variable, known];
  });
  return {
    name,
    handler: found.Handler,
    folder: stack.unpack(name),
    timeoutSeconds: found.Timeout,
    environment: Object.fromEntries(variables),
  };
}

/** A text, or the default of the parameter that the template refers to. */
function literal({ parameters }: PackagedStack, value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  const { Ref: parameter } = value as { Ref?: string };
  return parameter === undefined ? undefined : parameters[parameter]?.Default;
}

/** Serverless plugin: refuses to deploy, before anything is uploaded, while a parameter lacks another that it needs, where
 * CloudFormation would fail after minutes with an error that names neither; and refuses to change what the deployed stack
 * must keep (guardedParameters.ts). */
import { type AwsProvider, findStack, valuesInOutputs, valuesOf } from './deployedStack.ts';
import { asTyped, describeChanges, refusedChanges, type Values } from './guardedParameters.ts';
import { ACCEPT_CHANGES } from './stageFile.ts';

interface Template {
  Parameters: Record<string, { Default?: unknown }>;
  Outputs?: Record<string, { Value?: unknown }>;
}

interface Serverless {
  service: { provider: { compiledCloudFormationTemplate: Template } };
  getProvider(name: 'aws'): AwsProvider;
  /** osls prints no stack for this class. */
  classes: { Error: new (message: string, code: string) => Error };
}

/** Of the command line. */
interface Options {
  param?: string[];
}

/** The parameters that another one needs, if it has a value, or this value. */
const NEEDS: { name: string; value?: string; needs: string[] }[] = [
  { name: 'voterAuth', value: 'jwt', needs: ['jwtIssuer', 'jwtAudience'] },
  { name: 'vpcId', needs: ['subnetIds', 'securityGroupIds'] },
  { name: 'subnetIds', needs: ['securityGroupIds'] },
  { name: 'kafkaBrokers', needs: ['kafkaClusterArn'] },
  { name: 'postgresHost', needs: ['postgresResourceId'] },
  { name: 'domain', needs: ['certificateArn'] },
];

export default class DeployGuardPlugin {
  readonly hooks: Record<string, () => Promise<void>>;
  readonly #serverless: Serverless;
  readonly #options: Options;

  constructor(serverless: Serverless, options: Options) {
    this.#serverless = serverless;
    this.#options = options;
    this.hooks = { 'before:deploy:deploy': () => this.#guard() };
  }

  async #guard(): Promise<void> {
    const { service, classes, getProvider } = this.#serverless;
    const values = valuesIn(service.provider.compiledCloudFormationTemplate);
    const missing = missingIn(values);
    if (missing.length > 0) {
      const message = `Not deployed: these parameters have no value: ${missing.join(', ')}. See lib/infra/parameters.js.`;
      throw new classes.Error(message, 'VALUES_MISSING');
    }
    if (this.#options.param?.includes(`${ACCEPT_CHANGES}=true`)) return;
    const provider = getProvider.call(this.#serverless, 'aws');
    const stack = await findStack(provider);
    const changes = stack ? refusedChanges(valuesOf(stack), values) : [];
    if (changes.length === 0) return;
    const file = `lib/infra/stages/${provider.getStage()}.yml`;
    throw new classes.Error(
      describeChanges(`the stack ${provider.naming.getStackName()}`, changes, file),
      'CHANGES_REFUSED',
    );
  }
}

/** The values that the template would give to the stack, by the names that are typed. */
function valuesIn({ Parameters, Outputs = {} }: Template): Values {
  const parameters = Object.entries(Parameters).map(([name, { Default = '' }]) => {
    return [asTyped(name), String(Default)];
  });
  const outputs = Object.entries(Outputs).map(([name, { Value }]) => [name, String(Value)]);
  return { ...Object.fromEntries(parameters), ...valuesInOutputs(Object.fromEntries(outputs)) };
}

function missingIn(values: Values): string[] {
  const given = NEEDS.filter(({ name, value }) => (value ? values[name] === value : values[name]));
  return [...new Set(given.flatMap(({ needs }) => needs).filter((name) => !values[name]))];
}

/** Serverless plugin: refuses to deploy while a parameter has a placeholder value (parameters.js) or a parameter for
 * voters' tokens is missing. CloudFormation would fail after minutes, with an error that names neither. */
interface Template {
  Parameters: Record<string, { Default?: string }>;
}

interface Serverless {
  service: { provider: { compiledCloudFormationTemplate: Template } };
  classes: { Error: new (message: string, code: string) => Error };
}

const PLACEHOLDER = /placeholder|0{12}/i;
const OF_VOTERS_TOKENS = ['JwtIssuer', 'JwtAudience'];

export default class DeployGuardPlugin {
  readonly hooks: Record<string, () => void>;

  constructor({ service, classes }: Serverless) {
    this.hooks = {
      'before:deploy:deploy': () => {
        const names = missingIn(service.provider.compiledCloudFormationTemplate);
        if (names.length === 0) return;
        const message = `Not deployed: these parameters have no value: ${names.map(asTyped).join(', ')}. See lib/infra/parameters.js.`;
        throw new classes.Error(message, 'PLACEHOLDERS_LEFT');
      },
    };
  }
}

function missingIn({ Parameters }: Template): string[] {
  const left = Object.entries(Parameters).filter(([, { Default = '' }]) => PLACEHOLDER.test(Default));
  const names = left.map(([name]) => name);
  if (Parameters['VoterAuth']?.Default !== 'jwt') return names;
  return [...names, ...OF_VOTERS_TOKENS.filter((name) => !Parameters[name]?.Default)];
}

/** Returns the name that `--param` takes for a parameter of the stack. */
const asTyped = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

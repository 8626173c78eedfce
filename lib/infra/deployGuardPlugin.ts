/** Serverless plugin: a stack packages with placeholders for what only its owner knows (params.yml), but does
 * not go out with them, nor without what it needs for voters' tokens: CloudFormation would take minutes to fail,
 * on some resource that names none of them. */
interface Template {
  Parameters: Record<string, { Default?: string }>;
}

interface Serverless {
  service: { provider: { compiledCloudFormationTemplate: Template } };
  /** osls prints such an error without its stack. */
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
        const message = `Not deployed: ${names.join(', ')} have no value yet. Give the params of lib/infra/params.yml.`;
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

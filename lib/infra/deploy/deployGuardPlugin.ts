/** Serverless plugin: refuses to deploy, before anything is uploaded, while a parameter lacks another that it needs
 * (requiredParameters.ts), or if that would change what the deployed stack must keep (guardedParameters.ts). */
import type { ServerlessClasses } from '../../startFault.ts';
import { type AwsProvider, findStack, valuesInOutputs, valuesOf } from './deployedStack.ts';
import { asTyped, describeChanges, refusedChanges, type Values } from './guardedParameters.ts';
import {
  lacksOutboundAccess,
  lacksZone,
  missingIn,
  needsWafElsewhere,
  refusedByWaf,
} from './requiredParameters.ts';
import { ACCEPT_CHANGES } from './stageFile.ts';

interface Template {
  Parameters: Record<string, { Default?: unknown }>;
  Outputs?: Record<string, { Value?: unknown }>;
}

interface Serverless {
  service: { provider: { compiledCloudFormationTemplate: Template } };
  getProvider(name: 'aws'): AwsProvider & { getRegion(): string };
  /** osls prints no stack for this class. */
  classes: ServerlessClasses;
}

/** The options of the command line. */
interface Options {
  param?: string[];
}

const NO_OUTBOUND_ACCESS =
  'Not deployed: with nat=false, on-demand pollers cannot call Lambda, and no vote is counted. Set pollers=provisioned or nat=true.';

const NO_ZONE =
  'Not deployed: the three brokers of size=production need a zone each. Set zones=3, or size=demo.';

const WAF_ELSEWHERE =
  'Not deployed: the WAF of CloudFront can be made in us-east-1 only. Make a web ACL there (lib/infra/README.md says how) and set webAclArn, or set requestsPerAddress=0: then nothing limits the requests and new polls of an address.';

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
      const message = `Not deployed: these parameters have no value: ${missing.join(', ')}. See lib/infra/parameters/parameters.js.`;
      throw new classes.Error(message, 'VALUES_MISSING');
    }
    const provider = getProvider.call(this.#serverless, 'aws');
    if (needsWafElsewhere(values, provider.getRegion()))
      throw new classes.Error(WAF_ELSEWHERE, 'WAF_ELSEWHERE');
    const small = refusedByWaf(values);
    if (small.length > 0) {
      const message = `Not deployed: with cloudfront, these parameters must be 0 or at least 10: ${small.join(', ')}.`;
      throw new classes.Error(message, 'LIMIT_TOO_SMALL');
    }
    if (lacksOutboundAccess(values)) throw new classes.Error(NO_OUTBOUND_ACCESS, 'NO_OUTBOUND_ACCESS');
    if (lacksZone(values)) throw new classes.Error(NO_ZONE, 'NO_ZONE');
    if (this.#options.param?.includes(`${ACCEPT_CHANGES}=true`)) return;
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

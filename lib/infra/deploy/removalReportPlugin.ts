/** Serverless plugin: after `serverless remove`, prints what stayed and how to give it to the next deployment. Without
 * these lines that one would make another voter secret, and everybody could vote again. */
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { type AwsProvider, findStack, valuesOf } from './deployedStack.ts';
import { describeKept, findKept } from './keptResources.ts';

interface Serverless {
  getProvider(name: 'aws'): AwsProvider;
}

interface Utilities {
  log: { notice(text: string): void };
}

export default class RemovalReportPlugin {
  readonly hooks: Record<string, () => Promise<void>>;

  constructor(serverless: Serverless, _options: unknown, { log }: Utilities) {
    let report: string | undefined;
    this.hooks = {
      // Before, because CloudFormation does not list the resources of a stack that is gone.
      'before:remove:remove': async () => {
        report = await reportOn(serverless.getProvider('aws'));
      },
      'after:remove:remove': async () => {
        if (report !== undefined) log.notice(`\n${report}`);
      },
    };
  }
}

/** @returns undefined if there is no stack
 * @throws an error of AWS: then nothing has been removed yet */
async function reportOn(provider: AwsProvider): Promise<string | undefined> {
  const stack = await findStack(provider);
  if (!stack) return undefined;
  const cloudFormation = (await provider.getCloudFormationClient()) as CloudFormationClient;
  const kept = await findKept(cloudFormation, provider.naming.getStackName());
  return describeKept(kept, valuesOf(stack), `lib/infra/stages/${provider.getStage()}.yml`);
}

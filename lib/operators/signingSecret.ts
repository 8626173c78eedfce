import { CloudFormationClient, type Stack } from '@aws-sdk/client-cloudformation';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { UsageError } from '../errors.ts';
import { findStack, valuesOf } from '../infra/deploy/deployedStack.ts';
import { resourcesOf } from '../infra/deploy/keptResources.ts';

const SERVICE = 'poleparty'; // of serverless.yml
const CURRENT = 'AWSCURRENT';

/** The secret with a stage's signing keys. */
export interface SigningSecret {
  arn: string;
  text: string;
  /** Whether the functions have its present value: a deployment has begun since, and has succeeded. */
  isDeployed: boolean;
  /** Replaces the value, unless somebody else did since it was read.
   * @throws an error of AWS then */
  replace(text: string): Promise<void>;
}

/** @param region of the stack; credentials are found as by AWS's own tools
 * @throws {UsageError} if the stage is not deployed */
export async function openSigningSecret(stage: string, region: string): Promise<SigningSecret> {
  const cloudFormation = new CloudFormationClient({ region });
  const secretsManager = new SecretsManagerClient({ region });
  const name = `${SERVICE}-${stage}`;
  const stack = await findStack({
    getCloudFormationClient: async () => cloudFormation,
    getStage: () => stage,
    naming: { getStackName: () => name },
  });
  if (!stack) throw new UsageError(`There is no stack ${name} in ${region}.`);
  const arn = valuesOf(stack)['signingKeysArn'] || (await madeByStack(cloudFormation, name));
  const held = await secretsManager.send(new GetSecretValueCommand({ SecretId: arn, VersionStage: CURRENT }));
  return {
    arn,
    text: held.SecretString ?? '',
    isDeployed: isNewer(stack, held.CreatedDate),
    async replace(text) {
      // In two steps: the second fails if the current version is another one than was read.
      const put = { SecretId: arn, SecretString: text, VersionStages: ['ROTATED'] };
      const { VersionId } = await secretsManager.send(new PutSecretValueCommand(put));
      await secretsManager.send(
        new UpdateSecretVersionStageCommand({
          SecretId: arn,
          VersionStage: CURRENT,
          MoveToVersionId: VersionId,
          RemoveFromVersionId: held.VersionId,
        }),
      );
    },
  };
}

async function madeByStack(cloudFormation: CloudFormationClient, stack: string): Promise<string> {
  const resources = await resourcesOf(cloudFormation, stack);
  const made = resources.find(({ LogicalResourceId }) => LogicalResourceId === 'SigningKey');
  if (made?.PhysicalResourceId) return made.PhysicalResourceId;
  throw new UsageError(`The stack ${stack} has no signing keys yet. Deploy it first.`);
}

/** A stack resolves its secrets after this time, which is when its last update began. */
function isNewer({ LastUpdatedTime, StackStatus }: Stack, written = new Date(0)): boolean {
  const succeeded = /^(CREATE|UPDATE)_COMPLETE/.test(String(StackStatus));
  return succeeded && LastUpdatedTime !== undefined && LastUpdatedTime > written;
}

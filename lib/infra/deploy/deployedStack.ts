import { type CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { asTyped, type Values } from './guardedParameters.ts';

/** osls's provider: its client has the credentials, the profile and the region of the command. */
export interface AwsProvider {
  getCloudFormationClient(): Promise<Pick<CloudFormationClient, 'send'>>;
  getStage(): string;
  naming: { getStackName(): string };
}

/** @returns undefined if there is none
 * @throws an error of AWS, such as missing rights: a stack that cannot be read must not be overwritten */
export async function findStack(provider: AwsProvider): Promise<Stack | undefined> {
  const cloudFormation = await provider.getCloudFormationClient();
  const command = new DescribeStacksCommand({ StackName: provider.naming.getStackName() });
  try {
    const { Stacks = [] } = await cloudFormation.send(command);
    return Stacks[0];
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** CloudFormation reports a missing stack as a generic ValidationError. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);
}

/** Outputs of the stack (outputs.yml), by the names under which their values are given. */
const TOLD_BY_OUTPUTS: Record<string, { output: string; suffix: string }> = {
  // CloudFormation may not take an empty output, and a prefix may be empty.
  kafkaTopicPrefix: { output: 'VotesTopic', suffix: 'votes' },
  KAFKA_GROUP_ID: { output: 'KafkaGroupId', suffix: '' },
};

/** @param outputs of a stack or of a template, by their keys
 * @returns values that are no parameters of the stack, by the names that are typed */
export function valuesInOutputs(outputs: Values): Values {
  const found = Object.entries(TOLD_BY_OUTPUTS).flatMap(([name, { output, suffix }]) => {
    const value = outputs[output];
    return value === undefined ? [] : [[name, value.slice(0, value.length - suffix.length)]];
  });
  return Object.fromEntries(found);
}

/** A deployed stack's values by the names that are typed. */
export function valuesOf({ Parameters = [], Outputs = [] }: Stack): Values {
  const parameters = Parameters.map(({ ParameterKey = '', ParameterValue = '' }) => {
    return [asTyped(ParameterKey), ParameterValue];
  });
  const outputs = Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
  return { ...Object.fromEntries(parameters), ...valuesInOutputs(Object.fromEntries(outputs)) };
}

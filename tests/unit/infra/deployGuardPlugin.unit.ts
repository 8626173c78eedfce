import { expect, test } from '@jest/globals';
import DeployGuardPlugin from '../../../lib/infra/deployGuardPlugin.ts';

function deployWith(Parameters: Record<string, { Default?: string }>) {
  const service = { provider: { compiledCloudFormationTemplate: { Parameters } } };
  return () => new DeployGuardPlugin({ service, classes: { Error } }).hooks['before:deploy:deploy']?.();
}

test('a stack with placeholders is not deployed, and the message names them', () => {
  const parameters = {
    PostgresHost: { Default: 'placeholder.invalid' },
    SubnetIds: { Default: 'subnet-00000000000000000' },
    PostgresUser: { Default: 'poleparty' },
  };
  expect(deployWith(parameters)).toThrow(/have no value: postgresHost, subnetIds\./);
});

test('a stack with voters’ tokens is deployed only with issuer and audience', () => {
  const parameters = {
    VoterAuth: { Default: 'jwt' },
    JwtIssuer: { Default: '' },
    JwtAudience: { Default: 'polls' },
  };
  expect(deployWith(parameters)).toThrow(/have no value: jwtIssuer\./);
  expect(deployWith({ ...parameters, VoterAuth: { Default: 'open' } })).not.toThrow();
});

test('a stack with all values is deployed', () => {
  const arn = 'arn:aws:kafka:eu-west-1:123456789012:cluster/polls/0f1e2d3c-1111-2222-3333-444455556666-7';
  expect(deployWith({ KafkaClusterArn: { Default: arn }, VoterSecretArn: { Default: '' } })).not.toThrow();
});

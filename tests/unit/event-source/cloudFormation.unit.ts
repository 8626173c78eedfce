import { describe, expect, test } from '@jest/globals';
import { resolveIntrinsics, UNKNOWN } from '../../../lib/offline/event-source/cloudFormation.ts';

const template = {
  Parameters: { Pollers: { Default: 'provisioned' }, Retries: { Default: 3 }, Secret: {} },
  Conditions: {
    Provisioned: { 'Fn::Equals': [{ Ref: 'Pollers' }, 'provisioned'] },
    OnDemand: { 'Fn::Not': [{ Condition: 'Provisioned' }] },
    Both: { 'Fn::And': [{ Condition: 'Provisioned' }, { Condition: 'OnDemand' }] },
    Either: { 'Fn::Or': [{ Condition: 'OnDemand' }, { Condition: 'Provisioned' }] },
    Unclear: { 'Fn::Equals': [{ Ref: 'Secret' }, 'x'] },
    NotUnclear: { 'Fn::Not': [{ Condition: 'Unclear' }] },
  },
};
const resolve = (value: unknown) => resolveIntrinsics(value, template);

describe('an intrinsic function', () => {
  test('Ref of a parameter is its default', () => {
    expect(resolve({ Ref: 'Retries' })).toBe(3);
  });

  test('a value that only a deployment knows is unknown', () => {
    for (const value of [{ Ref: 'Cluster' }, { 'Fn::GetAtt': ['Cluster', 'Arn'] }, { Ref: 'Secret' }]) {
      expect(resolve(value)).toBe(UNKNOWN);
    }
  });

  test.each([
    ['Provisioned', 'yes'],
    ['OnDemand', 'no'],
    ['Both', 'no'],
    ['Either', 'yes'],
  ])('Fn::If evaluates %s to %s', (condition, branch) => {
    expect(resolve({ 'Fn::If': [condition, 'yes', 'no'] })).toBe(branch);
  });

  test.each(['Unclear', 'NotUnclear', 'Missing'])('Fn::If on %s takes the first branch', (condition) => {
    expect(resolve({ 'Fn::If': [condition, 'yes', 'no'] })).toBe('yes');
  });

  test('AWS::NoValue removes its property', () => {
    const value = {
      a: { 'Fn::If': ['OnDemand', 1, { Ref: 'AWS::NoValue' }] },
      b: [{ Ref: 'AWS::NoValue' }, 2],
    };
    expect(resolve(value)).toEqual({ b: [2] });
  });

  test('Fn::Sub inserts parameters, or is unknown', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's
    expect(resolve({ 'Fn::Sub': 'kafka://${Pollers}-dlq' })).toBe('kafka://provisioned-dlq');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholder is CloudFormation's
    expect(resolve({ 'Fn::Sub': 'kafka://${Cluster}-dlq' })).toBe(UNKNOWN);
  });
});

import type { CustomResourceEvent } from '../../../lib/infra/deploy/customResource.ts';

/** What CloudFormation sends for a custom resource. */
export function customResourceEvent(
  ResponseURL: string,
  changes: Partial<CustomResourceEvent> = {},
): CustomResourceEvent {
  return {
    RequestType: 'Create',
    ResponseURL,
    StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/poleparty-demo/1',
    RequestId: 'request-1',
    LogicalResourceId: 'Migration',
    ResourceProperties: {},
    ...changes,
  };
}

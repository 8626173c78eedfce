import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { until } from '../../lib/concurrency/deadline.ts';
import { awsApi } from '../../lib/config.ts';
import { isPermanent } from '../../lib/errors.ts';
import { bootstrapBrokers } from '../../lib/infra/deploy/bootstrapBrokers.ts';
import { answerCloudFormation, type CustomResourceEvent } from '../../lib/infra/deploy/customResource.ts';

// A role that was made a moment ago may not work yet.
const TIMEOUT_MS = 20_000;
const PAUSE_MS = 2_000;

/** Custom resource: the addresses of the cluster's brokers, which CloudFormation does not return. */
async function findBrokers(event: CustomResourceEvent, context: Context): Promise<void> {
  const clusterArn = String(event.ResourceProperties['ClusterArn']);
  await answerCloudFormation(event, context.getRemainingTimeInMillis(), async () => ({
    Brokers: await until(
      () => bootstrapBrokers(clusterArn, awsApi('kafka')),
      TIMEOUT_MS,
      isPermanent,
      PAUSE_MS,
    ),
  }));
}

export const handler = middy(findBrokers);

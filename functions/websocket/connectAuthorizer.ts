import middy from '@middy/core';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { withRequestIds } from '../../lib/invocation.ts';

/** The authorizer of `$connect` where votes need a token. An authorizer's context is the only data that API
 * Gateway keeps for a connection and passes with each message, so the token of the query string reaches later
 * votes without storage of ours. It allows everyone, since viewers need no token: `connect` rejects an
 * invalid one, and `vote` verifies it again. */
async function connectAuthorizer({
  methodArn,
  queryStringParameters,
}: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const token = queryStringParameters?.['token'];
  return {
    principalId: 'anybody',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: methodArn }],
    },
    context: token === undefined ? {} : { token },
  };
}

export const handler = withRequestIds(middy(connectAuthorizer));

import middy from '@middy/core';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';

/** The authorizer of `$connect` where votes take a token. API Gateway keeps what an authorizer says of a
 * connection and gives it with each of its messages, which it does with nothing else: so the token of the query
 * string reaches later votes and is stored nowhere by us. It lets everybody pass, since viewers need no token:
 * `connect` refuses the handshake of a bad one, and `vote` looks at it again. */
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

export const handler = middy(connectAuthorizer);

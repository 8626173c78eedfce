import middy from '@middy/core';
import { realtimeConfig } from '../../lib/config.ts';
import { asyncApiDocument } from '../../lib/contract/documents/asyncApi.ts';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { type HttpEvent, type HttpResponse, sharedDocument } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';

const document = asyncApiDocument(realtimeConfig().endpoint);

/** `GET /asyncapi.json`: the WebSocket interface as an AsyncAPI document. */
async function getAsyncApi(event: HttpEvent): Promise<HttpResponse> {
  return sharedDocument(event, document);
}

export const handler = withRequestIds(middy(getAsyncApi).use(cors()).use(problemDetails()));

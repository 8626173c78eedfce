import middy from '@middy/core';
import { realtimeConfig } from '../../lib/config.ts';
import { asyncApiDocument } from '../../lib/documents/asyncApi.ts';
import { cors } from '../../lib/http/cors.ts';
import { problems } from '../../lib/http/problems.ts';
import { sharedDocument } from '../../lib/http/sharedDocument.ts';
import type { HttpEvent, HttpResponse } from '../../lib/http/types.ts';

const document = asyncApiDocument(realtimeConfig().endpoint);

/** `GET /asyncapi.json`: the WebSocket interface, for machines. */
async function getAsyncApi(event: HttpEvent): Promise<HttpResponse> {
  return sharedDocument(event, document);
}

export const handler = middy(getAsyncApi).use(cors()).use(problems());

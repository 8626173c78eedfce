import middy from '@middy/core';
import { openApiDocument } from '../../lib/contract/documents/openApi.ts';
import { cors } from '../../lib/http/cors.ts';
import { problemDetails } from '../../lib/http/problemDetails.ts';
import { type HttpEvent, type HttpResponse, sharedDocument } from '../../lib/http/respond.ts';
import { withRequestIds } from '../../lib/invocation.ts';

const document = openApiDocument();

/** `GET /openapi.json`: the HTTP interface as an OpenAPI document. */
async function getOpenApi(event: HttpEvent): Promise<HttpResponse> {
  return sharedDocument(event, document);
}

export const handler = withRequestIds(middy(getOpenApi).use(cors()).use(problemDetails()));

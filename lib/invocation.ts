import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';

/** The ids by which AWS names an invocation. */
export interface RequestIds {
  /** Lambda's; also in its own log lines and in traces. */
  awsRequestId?: string;
  /** API Gateway's; also in its access log, and in the client's `apigw-requestid`. */
  apiRequestId?: string;
}

/** Node keeps it across promises and timers, so parallel invocations in one process do not mix. */
const current = new AsyncLocalStorage<RequestIds>();

/** The ids of the invocation that this code runs for; empty outside of one. */
export function requestIds(): RequestIds {
  return current.getStore() ?? {};
}

type Handler<E, R> = (event: E, context: Context) => R;

/** Wraps a handler: every log line of an invocation carries its ids. */
export function withRequestIds<E, R>(handler: Handler<E, R>): Handler<E, R> {
  return (event, context) => current.run(idsOf(event, context), () => handler(event, context));
}

function idsOf(event: unknown, context: Partial<Context> | undefined): RequestIds {
  const { requestContext } = (event ?? {}) as { requestContext?: { requestId?: string } };
  const [awsRequestId, apiRequestId] = [context?.awsRequestId, requestContext?.requestId];
  return { ...(awsRequestId ? { awsRequestId } : {}), ...(apiRequestId ? { apiRequestId } : {}) };
}

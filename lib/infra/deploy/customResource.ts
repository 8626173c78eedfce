/** What a function does for a custom resource of the stack: CloudFormation invokes it and waits for an answer at an
 * address of S3. Without one, a deployment hangs until the resource's ServiceTimeout. */
import { deadlineIn } from '../../clock.ts';
import { until, withDeadline } from '../../concurrency/deadline.ts';
import { messageOf, UnavailableError } from '../../errors.ts';
import { log } from '../../log.ts';

export interface CustomResourceEvent {
  RequestType: 'Create' | 'Update' | 'Delete';
  /** Presigned; takes one PUT. */
  ResponseURL: string;
  StackId: string;
  RequestId: string;
  LogicalResourceId: string;
  /** The id from our first response; absent on Create. */
  PhysicalResourceId?: string;
  ResourceProperties: Record<string, unknown>;
}

export function isCustomResource(event: unknown): event is CustomResourceEvent {
  return typeof event === 'object' && event !== null && 'ResponseURL' in event && 'RequestType' in event;
}

/** The time reserved for the response before Lambda's timeout. */
const ANSWER_MS = 30_000;
const PUT_LIMIT_MS = 20_000;
const PUT_PAUSE_MS = 1_000;
/** An answer has at most 4,096 bytes. */
const MAX_REASON = 1_000;

/**
 * Does a resource's work on Create and Update, nothing on Delete, and always responds: if the work fails, with the
 * reason, and also if it takes longer than the function may.
 *
 * @param remainingMs of the invocation
 * @param work returns the resource's attributes. CloudFormation may ask twice, so it has to be repeatable
 * @returns whether the work succeeded
 * @throws {UnavailableError} if the answer cannot be delivered
 */
export async function answerCloudFormation(
  event: CustomResourceEvent,
  remainingMs: number,
  work: () => Promise<Record<string, string>>,
): Promise<boolean> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const outcome = await outcomeOf(event, deadlineIn(remainingMs - ANSWER_MS), work);
  // Another id would be a replacement, and CloudFormation would delete the former resource.
  const PhysicalResourceId = event.PhysicalResourceId ?? LogicalResourceId;
  await put(event.ResponseURL, { ...outcome, StackId, RequestId, LogicalResourceId, PhysicalResourceId });
  return outcome.Status === 'SUCCESS';
}

type Outcome = { Status: 'SUCCESS'; Data?: Record<string, string> } | { Status: 'FAILED'; Reason: string };

async function outcomeOf(
  { RequestType, LogicalResourceId }: CustomResourceEvent,
  deadline: number,
  work: () => Promise<Record<string, string>>,
): Promise<Outcome> {
  if (RequestType === 'Delete') return { Status: 'SUCCESS' };
  try {
    return { Status: 'SUCCESS', Data: await withDeadline(work(), deadline, LogicalResourceId) };
  } catch (error) {
    log.error(`The resource ${LogicalResourceId} failed.`, { error });
    return { Status: 'FAILED', Reason: messageOf(error).slice(0, MAX_REASON) };
  }
}

async function put(url: string, answer: object): Promise<void> {
  // As bytes: for a text, fetch adds a content type, which the signature of the URL does not have.
  const body = new TextEncoder().encode(JSON.stringify(answer));
  const attempt = async () => {
    const { ok, status } = await fetch(url, {
      method: 'PUT',
      body,
      signal: AbortSignal.timeout(PUT_LIMIT_MS),
    });
    if (!ok) throw new UnavailableError(`CloudFormation's address answered ${status}.`);
  };
  await until(attempt, PUT_LIMIT_MS, undefined, PUT_PAUSE_MS);
}

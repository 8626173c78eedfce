export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const COORDINATOR_STARTS: readonly unknown[] = [
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
];

/** Whether a broker is not ready for groups yet; KafkaJS wraps the broker's error one or more times. */
export function isCoordinatorStarting(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { type, cause } = error as { type?: unknown; cause?: unknown };
  return COORDINATOR_STARTS.includes(type) || isCoordinatorStarting(cause);
}

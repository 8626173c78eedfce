const COORDINATOR_STARTS: readonly unknown[] = [
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
];

/** Whether a broker is not ready for groups yet; KafkaJS wraps the broker's error one or more times, or replaces it. */
export function isCoordinatorStarting(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, type, cause } = error as { name?: unknown; type?: unknown; cause?: unknown };
  if (COORDINATOR_STARTS.includes(type) || name === 'KafkaJSGroupCoordinatorNotFound') return true;
  return isCoordinatorStarting(cause);
}

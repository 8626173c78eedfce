import type { Management } from './manageIfOwner.ts';

export async function manage(_management: Management, _token: string): Promise<void> {}

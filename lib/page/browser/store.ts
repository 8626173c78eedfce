/** localStorage, or memory where it is blocked: private modes, sandboxed frames, full disks. */
const memory = new Map<string, string>();

function storage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

export function load(key: string): string | null {
  try {
    return memory.get(key) ?? storage()?.getItem(key) ?? null;
  } catch {
    return null;
  }
}

/** @returns whether it outlives this page */
export function save(key: string, text: string): boolean {
  try {
    const kept = storage();
    kept?.setItem(key, text);
    if (kept) memory.delete(key);
    else memory.set(key, text);
    return kept !== undefined;
  } catch {
    memory.set(key, text);
    return false;
  }
}

const BITS = 128;

/** 128 random bits as hexadecimal digits. Not `randomUUID`, which pages on plain http lack. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BITS / 8));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

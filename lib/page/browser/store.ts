/** The storage key of the polls that were made on this device. */
export const MADE_KEY = 'made';

/** Replaces the browser's storage where it is blocked: private modes, sandboxed frames, full disks. */
const memory = new Map<string, string>();

/** A kiosk's votes are of many voters, and not of the device's owner: they end with its tab. */
const storage = () => (document.querySelector('.kiosk') ? sessionStorage : localStorage);

export function load(key: string): string | null {
  try {
    return memory.get(key) ?? storage().getItem(key);
  } catch {
    return null;
  }
}

/** @returns whether it outlives this page */
export function save(key: string, text: string): boolean {
  try {
    storage().setItem(key, text);
    memory.delete(key);
    return true;
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

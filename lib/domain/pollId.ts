import type { HexId, Uuid } from './units.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function readUuid(text: string | undefined): Uuid | undefined {
  return text !== undefined && UUID.test(text) ? text.toLowerCase() : undefined;
}

export function dashed(hex: HexId): Uuid {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The tally names polls by their hex digits alone. */
export function toUuid(id: HexId | Uuid): Uuid {
  return id.includes('-') ? (id as Uuid) : dashed(id as HexId);
}

export function hexOf(uuid: Uuid): HexId {
  return uuid.replaceAll('-', '');
}

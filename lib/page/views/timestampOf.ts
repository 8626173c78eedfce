/** The server's time at the end of a message, where `request_id` may follow it. Reading the end costs less than parsing
 * the message twice, and what users write cannot look like it: there, quotes are escaped. */
const AT_THE_END = /"timestamp":"([^"]+)"(?:,"request_id":"[^"]*")?}$/;

/** Both fields with a request id of the greatest length, in characters. */
const LONGEST = 200;

/** @returns ISO 8601; undefined for a message without a time */
export function timestampOf(message: string): string | undefined {
  return AT_THE_END.exec(message.slice(-LONGEST))?.[1];
}

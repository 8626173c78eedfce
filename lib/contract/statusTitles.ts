// As in RFC 9110. Node has older names, and importing `node:http` adds 60 ms to every cold start.
const TITLE = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [409, 'Conflict'],
  [413, 'Content Too Large'],
  [415, 'Unsupported Media Type'],
  [422, 'Unprocessable Content'],
  [500, 'Internal Server Error'],
  [503, 'Service Unavailable'],
]);

/** The `title` of a problem, by its HTTP status. */
export const titleOf = (status: number): string => TITLE.get(status) ?? 'Error';

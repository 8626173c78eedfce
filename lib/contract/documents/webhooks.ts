import type { SchemaName } from './httpSchemas.ts';
import { json } from './mediaTypes.ts';

const header = (name: string, description: string, example: string, schema: object = {}) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string', ...schema },
  example,
});

const headers = [
  header(
    'webhook-id',
    'Identifies the event; the same in each attempt.',
    '0190a5d8-c0de-7000-8000-00000000ef01',
  ),
  header('webhook-timestamp', 'When this attempt was made, in seconds since 1970.', '1896091800', {
    pattern: '^\\d+$',
  }),
  header(
    'webhook-signature',
    'HMAC-SHA-256 of `{webhook-id}.{webhook-timestamp}.{body}` with the bytes of `webhook_secret`. One signature per server key; one match is enough.',
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  ),
];

/** Describes the webhooks for a poll's `webhook_url`. */
export function describeWebhooks() {
  return {
    'poll.closed': event(
      'pollClosed',
      'The results of a poll are final',
      [
        DELIVERY,
        'Reopening a poll drops its undelivered event; when its results are final again, a new event with a new',
        '`webhook-id` follows. `data` is the poll with its final counts.',
      ],
      'PollClosedEvent',
    ),
    'poll.expiring': event(
      'pollExpiring',
      'An old poll is about to be deleted',
      [
        'Sent once, at least a day before, where the service deletes polls some days after their end.',
        'Reopening the poll keeps it.',
        DELIVERY,
        '`data` is the poll with its final counts.',
      ],
      'PollExpiringEvent',
    ),
  };
}

const DELIVERY =
  'Follows Standard Webhooks. Answer 2xx within 10 seconds; otherwise the event is sent again, up to ten times in all over three days. Any event may arrive twice. Redirects are not followed.';

function event(operationId: string, summary: string, description: string[], schema: SchemaName) {
  return {
    post: {
      operationId,
      // A tag of its own: a generator that makes a class of each tag would lose the polls otherwise.
      tags: ['Webhooks'],
      summary,
      description: description.join(' '),
      parameters: headers,
      requestBody: {
        required: true,
        content: json(schema),
      },
      responses: {
        '2XX': { description: 'Received.' },
        410: { description: 'Rejected: this event is not sent again.' },
      },
    },
  };
}

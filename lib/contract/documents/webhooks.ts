import { referTo } from './errorResponses.ts';

const header = (name: string, description: string, schema: object) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema,
});

const headers = [
  header('webhook-id', 'Identifies the event; the same in each attempt.', { type: 'string' }),
  header('webhook-timestamp', 'When this attempt was made, in seconds since 1970.', {
    type: 'string',
    pattern: '^\\d+$',
  }),
  header(
    'webhook-signature',
    'HMAC-SHA-256 of `{webhook-id}.{webhook-timestamp}.{body}` with the bytes of `webhook_secret`. One signature per server key; one match is enough.',
    { type: 'string', examples: ['v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='] },
  ),
];

/** Describes the webhook for a poll's `webhook_url`. */
export function describeWebhooks() {
  return {
    'poll.closed': {
      post: {
        operationId: 'pollClosed',
        tags: ['Polls'],
        summary: 'The results of a poll are final',
        description: [
          'Follows Standard Webhooks. Answer 2xx within 10 seconds; otherwise the event is sent again, up to ten times in',
          'all over three days. Any event may arrive twice. Redirects are not followed. Reopening a poll drops its undelivered',
          'event; when its results are final again, a new event with a new `webhook-id` follows. `data` is the poll with its',
          'final counts.',
        ].join(' '),
        parameters: headers,
        requestBody: {
          required: true,
          content: { 'application/json': { schema: referTo('schemas', 'PollClosedEvent') } },
        },
        responses: {
          '2XX': { description: 'Received.' },
          410: { description: 'Rejected: this event is not sent again.' },
        },
      },
    },
  };
}

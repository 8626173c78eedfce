import { referTo } from './errorResponses.ts';

const header = (name: string, description: string, schema: object) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema,
});

const headers = [
  header('webhook-id', 'Names the event: the same in each try to send it.', { type: 'string' }),
  header('webhook-timestamp', 'When this try was made, in seconds since 1970.', {
    type: 'string',
    pattern: '^\\d+$',
  }),
  header(
    'webhook-signature',
    'HMAC-SHA-256 over `{webhook-id}.{webhook-timestamp}.{body}` with the bytes of `webhook_secret`. One for each key of the server: any may match.',
    { type: 'string', examples: ['v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='] },
  ),
];

/** What the server sends by itself, to the `webhook_url` of a poll. */
export function describeWebhooks() {
  return {
    'poll.closed': {
      post: {
        operationId: 'pollClosed',
        tags: ['Polls'],
        summary: 'The results of a poll are final',
        description: [
          'By Standard Webhooks. What is not answered 2xx within 10 seconds is sent again, ten times in all over three',
          'days, and may come twice at any time. Redirects are not followed. A poll that is opened again has another',
          'such event, with another `webhook-id`, once it has closed again; one that was not taken by then is dropped.',
          'The poll is as its voters see it, with the counts that others may not read.',
        ].join(' '),
        parameters: headers,
        requestBody: {
          required: true,
          content: { 'application/json': { schema: referTo('schemas', 'PollClosedEvent') } },
        },
        responses: {
          '2XX': { description: 'Taken.' },
          410: { description: 'Not wanted: this event is not sent again.' },
        },
      },
    },
  };
}

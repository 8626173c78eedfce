import type { GenericSchema } from 'valibot';
import { ERROR_CODES, type ErrorCode } from '../../errors.ts';
import { eitherBallotSchema } from '../castVoteRequest.ts';
import { MAX_FRAME_BYTES } from '../limits.ts';
import { liveVoteStatus, serverMessageSchemas } from '../messages.ts';
import { pollStatus, resultsVisibility } from '../pollEnums.ts';
import { boardEntrySchema, errorCodeSchema, pollOptionSchema, pollSchema } from '../responses.ts';
import { rejectionReason } from '../schemaOf.ts';
import { describeCodes } from './errorResponses.ts';
import { componentSchemas, INFO, type Sample } from './jsonSchemas.ts';
import { frameSamples, messageSamples } from './messageSamples.ts';
import { samples } from './samples.ts';
import { actions, pushes } from './webSocketActions.ts';

const OF_EVERY_FRAME: ErrorCode[] = ['invalid_request', 'payload_too_large', 'internal_error'];

const frames = Object.entries(actions).map(([action, { frame }]): [string, GenericSchema] => [action, frame]);

const payloads: Record<string, GenericSchema> = { ...Object.fromEntries(frames), ...serverMessageSchemas };

const payloadSamples: Record<string, Sample> = { ...frameSamples, ...messageSamples };

const components = componentSchemas(
  {
    ...payloads,
    CastVoteRequest: eitherBallotSchema,
    Poll: pollSchema,
    PollOption: pollOptionSchema,
    LeaderboardEntry: boardEntrySchema,
    PollStatus: pollStatus,
    ResultsVisibility: resultsVisibility,
    LiveVoteStatus: liveVoteStatus,
    RejectionReason: rejectionReason,
    ErrorCode: errorCodeSchema,
  },
  { ...samples, ...payloadSamples, LiveVoteStatus: { examples: { counted: 'counted' } } },
  // The dialect that AsyncAPI's schema language extends.
  'draft-07',
);

const TOKEN = {
  type: 'string',
  examples: ['eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln'],
  description: [
    'Where votes need a token: identifies the voter for all votes on this connection that have no `token` of',
    'their own. Watching needs no token. An invalid token fails the handshake with 401. The token is checked again',
    'with each vote; after it expires, each vote needs its own.',
  ].join(' '),
};

const BOARD = {
  type: 'string',
  examples: ['off'],
  enum: ['off'],
  description:
    'Opens the connection without the leaderboard: its messages start when the client sends `leaderboard`.',
};

const channel = { $ref: '#/channels/live' };

const messagesNamed = (names: string[]) =>
  names.map((name) => ({ $ref: `${channel.$ref}/messages/${name}` }));

function eachMessage<T>(describe: (name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(payloads).map((name) => [name, describe(name)]));
}

function describeMessage(name: string) {
  const { description = '', examples = {} } = payloadSamples[name] ?? {};
  const isPaired = name in actions || 'request_id' in (components[name]?.properties ?? {});
  return {
    name,
    summary: description,
    ...(name === 'ERROR' ? { description: describeCodes(ERROR_CODES) } : { description }),
    ...(isPaired ? { correlationId: { location: '$message.payload#/request_id' } } : {}),
    payload: { $ref: `#/components/schemas/${name}` },
    examples: Object.entries(examples).map(([title, payload]) => ({ name: title, payload })),
  };
}

function describeActions() {
  return Object.entries(actions).map(([action, { summary, answer, refusals }]) => [
    action,
    {
      action: 'receive',
      channel,
      summary,
      description: `\`ERROR\` has one of these codes:\n${describeCodes([...OF_EVERY_FRAME, ...refusals])}`,
      messages: messagesNamed([action]),
      reply: { channel, messages: messagesNamed([answer, 'ERROR']) },
    },
  ]);
}

function describePushes() {
  return Object.entries(pushes).map(([name, { messages, ...words }]) => [
    name,
    { action: 'send', channel, ...words, messages: messagesNamed(messages) },
  ]);
}

function describeServer(endpoint: string) {
  const { protocol, host, pathname } = new URL(endpoint);
  return { host, pathname, protocol: protocol === 'https:' ? 'wss' : 'ws' };
}

/** Generates the AsyncAPI 3 document from the schemas that validate.
 * @param endpoint of connection management; clients connect to the same host and path */
export function asyncApiDocument(endpoint: string) {
  return {
    asyncapi: '3.1.0',
    info: {
      ...INFO,
      description: [
        `A client frame is a JSON object with an \`action\`, at most ${MAX_FRAME_BYTES} bytes long. A server message has`,
        'a `type`. Answers repeat the `request_id` of their frame. An invalid or failed frame is answered with',
        '`ERROR`, an unknown action with the code `unknown_action`; the connection stays open. Unknown fields are',
        'ignored. To create and read polls, see `/openapi.json`.',
      ].join(' '),
    },
    defaultContentType: 'application/json',
    servers: { live: describeServer(endpoint) },
    channels: {
      live: {
        address: '/',
        description: 'One connection for all: subscriptions, votes and the leaderboard.',
        bindings: {
          ws: {
            query: { type: 'object', properties: { token: TOKEN, board: BOARD } },
            bindingVersion: '0.1.0',
          },
        },
        messages: eachMessage((name) => ({ $ref: `#/components/messages/${name}` })),
      },
    },
    operations: Object.fromEntries([...describeActions(), ...describePushes()]),
    components: { schemas: components, messages: eachMessage(describeMessage) },
  };
}

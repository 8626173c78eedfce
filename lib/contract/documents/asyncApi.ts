import type { GenericSchema } from 'valibot';
import { ERROR_CODES, type ErrorCode } from '../../errors.ts';
import { eitherBallotSchema } from '../castVoteRequest.ts';
import { MAX_FRAME_BYTES } from '../limits.ts';
import { serverMessageSchemas } from '../messages.ts';
import { boardEntrySchema, errorCodeSchema, pollOptionSchema, pollSchema } from '../responses.ts';
import { describeCodes } from './errorResponses.ts';
import { componentSchemas, INFO } from './jsonSchemas.ts';
import { actions, pushes } from './webSocketActions.ts';

const OF_EVERY_FRAME: ErrorCode[] = ['invalid_request', 'payload_too_large', 'internal_error'];

const frames = Object.entries(actions).map(([action, { frame }]): [string, GenericSchema] => [action, frame]);

const payloads: Record<string, GenericSchema> = { ...Object.fromEntries(frames), ...serverMessageSchemas };

const components = componentSchemas(
  {
    ...payloads,
    Ballot: eitherBallotSchema,
    Poll: pollSchema,
    PollOption: pollOptionSchema,
    LeaderboardEntry: boardEntrySchema,
    ErrorCode: errorCodeSchema,
  },
  // What AsyncAPI's own schema language extends.
  'draft-07',
);

const TOKEN = {
  type: 'string',
  description: [
    'Tells whose the votes are that come without a token of their own, where votes take one; who only watches',
    'needs none. A bad one fails the handshake with 401. It is looked at again with each vote: once it has',
    'expired, votes need one of their own.',
  ].join(' '),
};

const channel = { $ref: '#/channels/live' };

const messagesNamed = (names: string[]) =>
  names.map((name) => ({ $ref: `${channel.$ref}/messages/${name}` }));

/** Of every payload. */
function eachMessage<T>(describe: (name: string) => T): Record<string, T> {
  return Object.fromEntries(Object.keys(payloads).map((name) => [name, describe(name)]));
}

function describeMessage(name: string) {
  const isPaired = name in actions || 'request_id' in (components[name]?.properties ?? {});
  return {
    name,
    ...(name === 'ERROR' ? { description: describeCodes(ERROR_CODES) } : {}),
    ...(isPaired ? { correlationId: { location: '$message.payload#/request_id' } } : {}),
    payload: { $ref: `#/components/schemas/${name}` },
  };
}

function describeActions() {
  return Object.entries(actions).map(([action, { summary, answer, refusals }]) => [
    action,
    {
      action: 'receive',
      channel,
      summary,
      description: `\`ERROR\` comes with one of:\n${describeCodes([...OF_EVERY_FRAME, ...refusals])}`,
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

/** The WebSocket interface in AsyncAPI 3, from the schemas that validate.
 * @param endpoint where connections are managed; clients find the WebSocket at the same place */
export function asyncApiDocument(endpoint: string) {
  return {
    asyncapi: '3.0.0',
    info: {
      ...INFO,
      description: [
        `A frame is a JSON object with an \`action\`, of at most ${MAX_FRAME_BYTES} bytes; what the server says has`,
        'a `type`. A `request_id` of the client comes back with the answer. A frame that cannot be read or served',
        'is answered with `ERROR`, an action that is not here with `unknown_action`; the connection stays open.',
        'Fields of a frame that are not described are ignored. Making polls and reading them: `/openapi.json`.',
      ].join(' '),
    },
    defaultContentType: 'application/json',
    servers: { live: describeServer(endpoint) },
    channels: {
      live: {
        address: '/',
        bindings: { ws: { query: { type: 'object', properties: { token: TOKEN } } } },
        messages: eachMessage((name) => ({ $ref: `#/components/messages/${name}` })),
      },
    },
    operations: Object.fromEntries([...describeActions(), ...describePushes()]),
    components: { schemas: components, messages: eachMessage(describeMessage) },
  };
}

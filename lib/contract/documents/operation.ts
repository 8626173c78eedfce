import type { RefusalCode } from '../../errors.ts';
import type { HeaderName, ParameterName } from './httpComponents.ts';
import type { SchemaName } from './httpSchemas.ts';

export interface Answer {
  description: string;
  /** Undefined for an empty body. */
  schema?: SchemaName;
  /** Names of the schema's examples; all by default. */
  examples?: string[];
  /** True if the response is also available as CSV. */
  isAlsoCsv?: true;
  headers?: HeaderName[];
}

export interface Operation {
  /** The operation's function name. */
  id: string;
  tag: 'Polls' | 'Votes' | 'Leaderboard' | 'Service';
  summary: string;
  description: string;
  parameters?: ParameterName[];
  body?: SchemaName;
  /** By HTTP status. */
  answers: Record<number, Answer>;
  /** Whether the operation requires the owner's token, always or for some parameters, or shows more with it. */
  isForOwner?: true | 'in part' | 'more';
  /** Whether the operation accepts a creation key. */
  isForCreator?: true;
  /** Whether the operation accepts a voter's token. */
  isForVoter?: true;
  /** In addition to the codes of every request body. */
  refusals?: RefusalCode[];
  /** Whether the operation needs Postgres or Kafka, so that it can answer 503. */
  canBeUnavailable: boolean;
}

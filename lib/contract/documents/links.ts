interface Link {
  /** The operation to call next. */
  operationId: string;
  description: string;
  /** The places of the values in the answer. */
  parameters: Record<string, string>;
}

const ofPoll = { id: '$response.body#/id' };

const created: Record<string, Link> = {
  ReadPoll: { operationId: 'getPoll', description: 'Read the new poll.', parameters: ofPoll },
  Vote: { operationId: 'castVote', description: 'Vote in the new poll.', parameters: ofPoll },
  ReadResults: { operationId: 'getResults', description: 'Read its results.', parameters: ofPoll },
};

const cast: Record<string, Link> = {
  LookUpVote: {
    operationId: 'getVote',
    description: 'Look up what became of the vote.',
    parameters: { receipt: '$response.body#/receipt' },
  },
};

/** The operations that an answer leads to, by the name of its operation and its status. */
const LINKS: Record<string, Record<number, Record<string, Link>>> = {
  createPoll: { 201: created },
  castVote: { 200: cast, 202: cast },
};

export function linksOf(operationId: string, status: number): { links?: Record<string, Link> } {
  const links = LINKS[operationId]?.[status];
  return links ? { links } : {};
}

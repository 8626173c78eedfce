interface Link {
  /** What to do next. */
  operationId: string;
  description: string;
  /** Where the answer has the values. */
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

/** What the answers of an operation lead to, by its name and their status. */
const LINKS: Record<string, Record<number, Record<string, Link>>> = {
  createPoll: { 201: created },
  castVote: { 200: cast, 202: cast },
};

export function linksOf(operationId: string, status: number): { links?: Record<string, Link> } {
  const links = LINKS[operationId]?.[status];
  return links ? { links } : {};
}

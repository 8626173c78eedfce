import * as v from 'valibot';

/** Values that have a name in the API documents, so that clients get one type for each. */

export const pollStatus = v.pipe(
  v.picklist(['scheduled', 'open', 'closing', 'closed']),
  v.description(
    'The state of a poll. `closing`: voting is over and the last votes are being counted. `closed`: the results are final.',
  ),
);

/** Which polls to list. */
export const listedStatus = v.pipe(
  v.picklist(
    ['scheduled', 'open', 'closing', 'closed', 'all'],
    'must be scheduled, open, closing, closed or all.',
  ),
  v.description('The status of the polls to list; `all` for any.'),
);

export const resultsVisibility = v.pipe(
  v.picklist(['always', 'after_vote', 'after_close'], 'must be always, after_vote or after_close.'),
  v.description(
    'Who reads the results before they are final: everybody (`always`, unless the poll says otherwise), those whose vote was counted, or nobody.',
  ),
);

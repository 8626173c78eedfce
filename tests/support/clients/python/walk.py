"""Walks a poll's life with the generated package `polls`."""

import sys
import time

from polls import AuthenticatedClient, Client
from polls.api.polls import create_poll, delete_poll, get_poll, get_results, list_polls, update_poll
from polls.api.votes import cast_vote, get_vote
from polls.models import (
    CastVoteRequest,
    CastVoteResponse,
    CastVoteStatus,
    CreatedPoll,
    CreatePollRequest,
    ErrorCode,
    Poll,
    PollList,
    PollStatus,
    PollStatusFilter,
    Problem,
    Results,
    UpdatePollRequest,
    VoteStatus,
    VoteStatusResponse,
)

GIVE_UP_AFTER_SECONDS = 20


def walk(url: str) -> None:
    client = Client(base_url=url)
    question = "Python or Ruby?"
    asked = CreatePollRequest(question=question, options=["Python", "Ruby"], expires_in=3600)
    created = create_poll.sync(client=client, body=asked)
    assert isinstance(created, CreatedPoll), created
    poll_id = str(created.id)
    option = created.options[0].option_id

    poll = get_poll.sync(poll_id, client=client)
    assert isinstance(poll, Poll), poll
    assert poll.status is PollStatus.OPEN

    ada = cast_vote.sync(poll_id, client=client, body=CastVoteRequest(user_id="ada", option_id=option))
    assert isinstance(ada, CastVoteResponse), ada
    assert ada.status is CastVoteStatus.CAST_VOTE_STATUS_ACCEPTED
    bobs = CastVoteRequest(user_id="bob", option_ids=[option])
    bob = cast_vote.sync(poll_id, client=client, body=bobs, prefer="wait=10")
    assert isinstance(bob, CastVoteResponse), bob
    assert bob.status is CastVoteStatus.CAST_VOTE_STATUS_COUNTED

    end = time.monotonic() + GIVE_UP_AFTER_SECONDS
    status = VoteStatus.ACCEPTED
    while status is VoteStatus.ACCEPTED and time.monotonic() < end:
        vote = get_vote.sync(ada.receipt, client=client)
        assert isinstance(vote, VoteStatusResponse), vote
        status = vote.status
    assert status is VoteStatus.COUNTED

    results = get_results.sync(poll_id, client=client)
    assert isinstance(results, Results), results
    assert results.total_votes == 2
    assert [one.vote_count for one in results.options] == [2, 0]

    owner = AuthenticatedClient(base_url=url, token=created.admin_token)
    closed = update_poll.sync(poll_id, client=owner, body=UpdatePollRequest(closed=True))
    assert isinstance(closed, Poll), closed
    assert closed.status is PollStatus.CLOSING

    page = list_polls.sync(client=client, status=PollStatusFilter.POLL_STATUS_FILTER_ALL, q=question)
    assert isinstance(page, PollList), page
    assert created.id in [one.id for one in page.data]

    eves = CastVoteRequest(user_id="eve", option_id=option)
    late = cast_vote.sync(poll_id, client=client, body=eves, prefer="wait=10")
    assert isinstance(late, Problem), late
    assert late.code is ErrorCode.POLL_CLOSED

    assert delete_poll.sync_detailed(poll_id, client=owner).status_code == 204
    gone = get_poll.sync(poll_id, client=client)
    assert isinstance(gone, Problem), gone
    assert gone.code is ErrorCode.POLL_NOT_FOUND


walk(sys.argv[1])
print("walked")

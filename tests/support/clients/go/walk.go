// Walks a poll's life with the generated package polls.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"example.com/polls"
)

const giveUpAfter = 20 * time.Second

func main() {
	if err := walk(os.Args[1]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("walked")
}

func check(holds bool, what string) {
	if !holds {
		panic(what)
	}
}

// The code of a refused request.
func codeOf(err error) polls.ErrorCode {
	var failed *polls.GenericOpenAPIError
	check(errors.As(err, &failed), "a refused request is an error of the client")
	problem, isProblem := failed.Model().(polls.Problem)
	check(isProblem, "an error has a typed body")
	return problem.Code
}

func walk(url string) error {
	ctx := context.Background()
	configuration := polls.NewConfiguration()
	configuration.Servers = polls.ServerConfigurations{{URL: url}}
	client := polls.NewAPIClient(configuration)

	question := "Go or Rust?"
	asked := polls.NewCreatePollRequest(question, []string{"Go", "Rust"})
	asked.SetExpiresIn(3600)
	created, _, err := client.PollsAPI.CreatePoll(ctx).CreatePollRequest(*asked).Execute()
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	id, option := created.Id, created.Options[0].OptionId

	poll, _, err := client.PollsAPI.GetPoll(ctx, id).Execute()
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	check(poll.Status == polls.OPEN, "the poll is open")

	ballot := polls.NewCastVoteRequest()
	ballot.SetUserId("ada")
	ballot.SetOptionId(option)
	ada, answer, err := client.VotesAPI.CastVote(ctx, id).CastVoteRequest(*ballot).Execute()
	if err != nil {
		return fmt.Errorf("vote: %w", err)
	}
	check(answer.StatusCode == 202 && ada.Status == polls.CAST_VOTE_STATUS_ACCEPTED, "the vote is accepted")

	ballot = polls.NewCastVoteRequest()
	ballot.SetUserId("bob")
	ballot.SetOptionIds([]string{option})
	bob, answer, err := client.VotesAPI.CastVote(ctx, id).Prefer("wait=10").CastVoteRequest(*ballot).Execute()
	if err != nil {
		return fmt.Errorf("vote and wait: %w", err)
	}
	check(answer.StatusCode == 200 && bob.Status == polls.CAST_VOTE_STATUS_COUNTED, "the vote is counted")

	status := polls.ACCEPTED
	for start := time.Now(); status == polls.ACCEPTED && time.Since(start) < giveUpAfter; {
		vote, _, err := client.VotesAPI.GetVote(ctx, ada.Receipt).Execute()
		if err != nil {
			return fmt.Errorf("receipt: %w", err)
		}
		status = vote.Status
	}
	check(status == polls.COUNTED, "the first vote is counted too")

	results, _, err := client.PollsAPI.GetResults(ctx, id).Execute()
	if err != nil {
		return fmt.Errorf("results: %w", err)
	}
	total := results.TotalVotes.Get()
	check(total != nil && *total == 2, "the results have both votes")

	owner := context.WithValue(ctx, polls.ContextAccessToken, created.AdminToken)
	changes := polls.NewUpdatePollRequest()
	changes.SetClosed(true)
	closed, _, err := client.PollsAPI.UpdatePoll(owner, id).UpdatePollRequest(*changes).Execute()
	if err != nil {
		return fmt.Errorf("close: %w", err)
	}
	check(closed.Status == polls.CLOSING, "the poll is closing")

	all := polls.POLL_STATUS_FILTER_ALL
	list, _, err := client.PollsAPI.ListPolls(ctx).Status(all).Q(question).Execute()
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	check(len(list.Data) > 0 && list.Data[0].Id == id, "the list has the poll")

	ballot.SetUserId("eve")
	_, _, err = client.VotesAPI.CastVote(ctx, id).Prefer("wait=10").CastVoteRequest(*ballot).Execute()
	check(codeOf(err) == polls.POLL_CLOSED, "voting has closed")

	if _, err := client.PollsAPI.DeletePoll(owner, id).Execute(); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	_, _, err = client.PollsAPI.GetPoll(ctx, id).Execute()
	check(codeOf(err) == polls.POLL_NOT_FOUND, "the poll is gone")
	return nil
}

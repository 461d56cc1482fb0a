// One question after the other.
import { useState } from "preact/hooks";

import type { Ballot, Election } from "../shared/api.ts";
import { Heading, useText } from "../shared/ui.tsx";
import { type Mistake, mistake } from "./ballot.ts";
import { ContestForm } from "./contest.tsx";

export function Choose(props: {
  election: Election;
  ballot: Ballot;
  at: number;
  onChange: (ballot: Ballot) => void;
  onGo: (contest: number) => void;
}) {
  const t = useText();
  const [wrong, setWrong] = useState<Mistake | null>(null);
  const { election, ballot, at } = props;
  const contest = election.contests[at];
  if (contest === undefined) {
    return null;
  }
  const answer = ballot[contest.id];
  const next = (event: SubmitEvent) => {
    event.preventDefault();
    // A number that is none is said by the browser, beside its field.
    if (!(event.currentTarget as HTMLFormElement).reportValidity()) {
      return;
    }
    const found = mistake(contest, answer);
    if (found === null) {
      props.onGo(at + 1);
    } else {
      setWrong(found);
    }
  };
  return (
    <form onSubmit={next} noValidate>
      <Heading>{election.title}</Heading>
      {at === 0 && election.description !== undefined && <p>{election.description}</p>}
      {election.contests.length > 1 && (
        <p class="more">{t.text("question", { step: at + 1, steps: election.contests.length })}</p>
      )}
      <ContestForm
        contest={contest}
        answer={answer}
        problem={wrong === null ? null : t.text(wrong.kind, { n: wrong.kind === "too few" ? wrong.wanted : wrong.allowed })}
        onAnswer={(changed) => {
          setWrong(null);
          props.onChange({ ...ballot, [contest.id]: changed });
        }}
      />
      <p class="buttons">
        {at > 0 && (
          <button type="button" onClick={() => props.onGo(at - 1)}>
            {t.text("back")}
          </button>
        )}
        <button type="submit" class="main">
          {t.text(at + 1 < election.contests.length ? "next" : "to review")}
        </button>
      </p>
      {election.closes_at !== undefined && <p class="more">{t.text("closes at", { time: t.time(election.closes_at) })}</p>}
    </form>
  );
}

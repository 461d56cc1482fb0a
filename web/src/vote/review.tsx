// The whole ballot once more, before it is sent.
import type { Ballot, Election } from "../shared/api.ts";
import { Heading, useText } from "../shared/ui.tsx";
import { chosen, mistake } from "./ballot.ts";

export function Review(props: { election: Election; ballot: Ballot; onChange: (contest: number) => void; onSend: () => void }) {
  const t = useText();
  const { election, ballot } = props;
  const isWhole = election.contests.every((contest) => mistake(contest, ballot[contest.id]) === null);
  return (
    <>
      <Heading>{t.text("review")}</Heading>
      {election.contests.map((contest, at) => {
        const answer = ballot[contest.id];
        const titleOf = (id: string) => contest.options.find((option) => option.id === id)?.title ?? id;
        const lines = chosen(answer).map((id) =>
          answer !== undefined && !Array.isArray(answer) ? `${titleOf(id)}: ${t.number(answer[id] ?? 0)}` : titleOf(id),
        );
        const List = contest.method === "ranked" ? "ol" : "ul";
        return (
          <section key={contest.id} class="reviewed">
            <h2>
              <bdi>{contest.title ?? contest.id}</bdi>
            </h2>
            {lines.length === 0 ? (
              <p class="more">{t.text("left empty")}</p>
            ) : (
              <List>
                {lines.map((line) => (
                  <li key={line}>
                    <bdi>{line}</bdi>
                  </li>
                ))}
              </List>
            )}
            <button type="button" aria-label={`${t.text("change")}: ${contest.title ?? contest.id}`} onClick={() => props.onChange(at)}>
              {t.text("change")}
            </button>
          </section>
        );
      })}
      <p>{t.text("review advice")}</p>
      <p class="buttons">
        <button type="button" class="main" disabled={!isWhole} onClick={(event) => event.detail <= 1 && props.onSend()}>
          {t.text("send")}
        </button>
      </p>
    </>
  );
}

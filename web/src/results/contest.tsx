// One question's result: bars in a real table, and for a ranked one its rounds.
import { useState } from "preact/hooks";

import { useFocus } from "../shared/focus.ts";
import { useText } from "../shared/ui.tsx";
import { type ContestResult, leaders, lengthOf, type Round, sorted } from "./result.ts";

interface Row {
  id: string;
  title: string;
  votes: number;
  share: number;
  note: string | null;
}

function Bars(props: { caption: string; column: string; rows: Row[] }) {
  const t = useText();
  const most = Math.max(0, ...props.rows.map((row) => row.votes));
  return (
    <table class="bars">
      <caption>
        <bdi>{props.caption}</bdi>
      </caption>
      <thead>
        <tr>
          <th scope="col">{t.text("option")}</th>
          <th scope="col" class="figure">
            {props.column}
          </th>
          <th scope="col" class="figure">
            {t.text("share")}
          </th>
        </tr>
      </thead>
      <tbody>
        {props.rows.map((row) => (
          <tr key={row.id} class={row.note === null ? "" : "ahead"}>
            <th scope="row">
              <span class="title">
                <bdi>{row.title}</bdi>
                {row.note !== null && <span class="note">{row.note}</span>}
              </span>
              <svg class="bar" aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 1000 10">
                <rect width="1000" height="10" class="ground" />
                <rect width={Math.round(1000 * lengthOf(row.votes, most))} height="10" class="length" />
              </svg>
            </th>
            <td class="figure">{t.number(row.votes)}</td>
            <td class="figure">{t.share(row.share)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ContestTable(props: { contest: ContestResult; title: string; isFinal: boolean }) {
  const t = useText();
  const { contest } = props;
  const ahead = props.isFinal ? contest.winners : leaders(contest);
  const note = t.text(props.isFinal ? "winner" : "leading");
  const column = t.text(contest.method === "ranked" ? "first" : contest.method === "score" ? "points column" : "votes");
  const rows = sorted(contest).map((option) => ({ ...option, note: ahead.includes(option.id) ? note : null }));
  return (
    <section>
      <Bars caption={props.title} column={column} rows={rows} />
      {contest.bounded === true && <p class="more">{t.text("bounded")}</p>}
      {contest.rounds !== undefined && contest.rounds.length > 1 && <Rounds contest={contest} rounds={contest.rounds} />}
    </section>
  );
}

function Rounds({ contest, rounds }: { contest: ContestResult; rounds: Round[] }) {
  const t = useText();
  const [chosen, choose] = useState<number | null>(null); // null: the last one, also when more come
  const at = Math.min(chosen ?? rounds.length - 1, rounds.length - 1);
  const round = rounds[at] as Round;
  const [root, keepFocus] = useFocus<HTMLDetailsElement>();
  const go = (to: number, control: string) => {
    keepFocus([control, "earlier", "later"]);
    choose(to);
  };
  const titleOf = (id: string) => contest.options.find((option) => option.id === id)?.title ?? id;
  const sum = Object.values(round.tally).reduce((all, votes) => all + votes, 0);
  const rows = Object.entries(round.tally)
    .sort(([, a], [, b]) => b - a)
    .map(([id, votes]) => ({ id, title: titleOf(id), votes, share: sum === 0 ? 0 : votes / sum, note: null }));
  return (
    <details class="rounds" ref={root}>
      <summary>{t.text("rounds")}</summary>
      <p class="buttons">
        <button type="button" data-control="earlier" disabled={at === 0} onClick={() => go(at - 1, "earlier")}>
          {t.text("earlier round")}
        </button>
        <button type="button" data-control="later" disabled={at === rounds.length - 1} onClick={() => go(at + 1, "later")}>
          {t.text("later round")}
        </button>
      </p>
      <p class="unseen" role="status">
        {chosen === null ? "" : t.text("round", { round: at + 1, rounds: rounds.length })}
      </p>
      <div>
        <Bars caption={t.text("round", { round: at + 1, rounds: rounds.length })} column={t.text("votes")} rows={rows} />
        <p>
          {round.eliminated.length === 0
            ? t.text("nobody eliminated")
            : t.text("eliminated", { options: round.eliminated.map(titleOf).join(", ") })}
        </p>
        {round.exhausted > 0 && <p class="more">{t.text("exhausted", { n: round.exhausted })}</p>}
      </div>
    </details>
  );
}

// One election on the night: its state, what may be done now, turnout, results and their files.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { ContestTable } from "../results/contest.tsx";
import { browser, type Feed, ResultFeed } from "../results/feed.ts";
import type { Election } from "../shared/api.ts";
import { type Trouble, TroubleText } from "../shared/trouble.tsx";
import { Heading, useText } from "../shared/ui.tsx";
import type { Administration, Answered } from "./api.ts";
import { fromLocal, toLocal } from "./draft.ts";
import { resultCsv, type Sample, turnoutCsv, withSample } from "./export.ts";
import { before, keepSeen, loadSeen } from "./seen.ts";
import { troubleOf } from "./trouble.ts";
import { TurnoutPlot } from "./turnout.tsx";

type Act = "open" | "close" | "certify";

function download(name: string, type: string, content: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Asks once more before what cannot be undone.
function Confirm(props: { question: string; yes: string; onAnswer: (yes: boolean) => void }) {
  const t = useText();
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close(); // gives the focus back to what asked
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-question" onCancel={() => props.onAnswer(false)}>
      <p id="confirm-question">{props.question}</p>
      <p class="buttons">
        <button type="button" autofocus onClick={() => props.onAnswer(false)}>
          {t.text("cancel")}
        </button>
        <button type="button" class="main" onClick={() => props.onAnswer(true)}>
          {props.yes}
        </button>
      </p>
    </dialog>
  );
}

function useTurnout(id: string): { feed: Feed; samples: Sample[] } {
  const [feed, setFeed] = useState<Feed>({ kind: "waiting" });
  const [samples, setSamples] = useState<Sample[]>([]);
  useEffect(() => {
    let seen: Sample[] | null = null; // nothing heard yet
    const running = new ResultFeed(browser, id, (now) => {
      setFeed(now);
      if (now.kind === "result") {
        const sample = { at: Date.parse(now.result.as_of), counted: now.result.ballots.counted };
        seen = withSample(seen ?? before(loadSeen(id), sample), sample);
        keepSeen(id, seen);
        setSamples(seen);
      }
    });
    running.start();
    return () => running.stop();
  }, [id]);
  return { feed, samples };
}

export function Panel(props: {
  election: Election;
  administration: Administration;
  onChanged: (election: Election) => void;
  onEdit: () => void;
  onLeave: () => void;
}) {
  const t = useText();
  const { election, administration } = props;
  const { feed, samples } = useTurnout(election.id);
  const [asking, setAsking] = useState<Act | null>(null);
  const [said, say] = useState("");
  const [acts, setActs] = useState(0);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [end, setEnd] = useState(toLocal(election.closes_at));

  const settle = (answer: Answered, done: string) => {
    if (answer !== null && answer.status === 200) {
      setTrouble(null);
      say(done);
      props.onChanged(answer.body);
    } else {
      setTrouble(troubleOf(t, answer));
    }
  };
  // The button that was pressed is there no more: the heading has the focus, as when the page is new.
  const act = async (what: Act) => {
    const answer = await administration.act(election.id, what);
    settle(answer, t.text(`done ${what}`));
    if (answer?.status === 200) {
      setActs(acts + 1);
    }
  };
  const moveEnd = async (event: Event) => {
    event.preventDefault();
    settle(await administration.change(election.id, { closes_at: fromLocal(end) ?? null }), t.text("done move"));
  };

  const isEditable = election.state === "draft" || election.state === "scheduled";
  const result = feed.kind === "result" ? feed.result : null;
  return (
    <>
      <Heading key={acts}>
        <bdi>{election.title}</bdi>
      </Heading>
      <p class="state">
        <strong>{t.text(`state ${election.state}`)}</strong>
        {election.opens_at !== undefined && <span>{t.text("opens at", { time: t.time(election.opens_at) })}</span>}
        {election.closes_at !== undefined && <span>{t.text("closes at admin", { time: t.time(election.closes_at) })}</span>}
      </p>
      <p class="buttons no-print">
        {isEditable && (
          <button type="button" onClick={props.onEdit}>
            {t.text("edit")}
          </button>
        )}
        {isEditable && (
          <button type="button" class="main" onClick={() => setAsking("open")}>
            {t.text("act open")}
          </button>
        )}
        {election.state === "open" && (
          <button type="button" class="main" onClick={() => setAsking("close")}>
            {t.text("act close")}
          </button>
        )}
        {election.state === "closed" && (
          <button type="button" class="main" disabled={result?.final !== true} onClick={() => setAsking("certify")}>
            {t.text("act certify")}
          </button>
        )}
        <a href={`/vote/${election.id}`}>{t.text("voter page")}</a>
        <a href={`/results/${election.id}`}>{t.text("results page")}</a>
        <button type="button" onClick={props.onLeave}>
          {t.text("all elections")}
        </button>
      </p>
      {election.state === "open" && (
        <form class="row no-print" onSubmit={moveEnd}>
          <label class="field">
            <span>{t.text("closes")}</span>
            <input type="datetime-local" step={1} value={end} onInput={(event) => setEnd(event.currentTarget.value)} />
            <span class="more">{t.text("by command")}</span>
          </label>
          <button type="submit">{t.text("move end")}</button>
        </form>
      )}
      <p role="status">{said}</p>
      {trouble !== null && (
        <p class="problem" role="alert">
          <TroubleText trouble={trouble} />
        </p>
      )}
      {feed.kind === "hidden" && <p>{t.text("hidden until close")}</p>}
      {result !== null && (
        <>
          <p>
            {t.text("ballots now", { n: result.ballots.counted, repeated: result.ballots.repeated, held: result.ballots.held })}{" "}
            {t.text("as of", { time: t.time(result.as_of, { dateStyle: "medium", timeStyle: "medium" }) })}
          </p>
          <TurnoutPlot samples={samples} />
          {result.contests.map((contest) => (
            <ContestTable
              key={contest.id}
              contest={contest}
              title={election.contests.find((other) => other.id === contest.id)?.title ?? contest.id}
              isFinal={result.final}
            />
          ))}
          <p class="buttons no-print">
            <button type="button" onClick={() => download(`${election.id}-result.csv`, "text/csv", resultCsv(result))}>
              {t.text("result csv")}
            </button>
            <button type="button" onClick={() => download(`${election.id}-result.json`, "application/json", JSON.stringify(result, null, 2))}>
              {t.text("result json")}
            </button>
            <button type="button" onClick={() => download(`${election.id}-turnout.csv`, "text/csv", turnoutCsv(election.id, samples))}>
              {t.text("turnout csv")}
            </button>
            <button
              type="button"
              onClick={() => download(`${election.id}-turnout.json`, "application/json", JSON.stringify(samples, null, 2))}
            >
              {t.text("turnout json")}
            </button>
            <button type="button" onClick={() => window.print()}>
              {t.text("print")}
            </button>
          </p>
        </>
      )}
      {asking !== null && (
        <Confirm
          question={t.text(`ask ${asking}`, { title: election.title })}
          yes={t.text(`act ${asking}`)}
          onAnswer={(yes) => {
            const what = asking;
            setAsking(null);
            if (yes) {
              void act(what);
            }
          }}
        />
      )}
    </>
  );
}

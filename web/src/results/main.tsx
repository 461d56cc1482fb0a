// The results page, for a projector and a phone; under /embed/ the same without what surrounds it.
import "./results.css";

import { useEffect, useRef, useState } from "preact/hooks";

import { ask, type Election, electionPath } from "../shared/api.ts";
import type { Translator } from "../shared/i18n.ts";
import { partOfPath, start } from "../shared/start.tsx";
import { Heading, Page, useText } from "../shared/ui.tsx";
import { ContestTable } from "./contest.tsx";
import { browser, type Feed, ResultFeed } from "./feed.ts";
import { leaders, type Result } from "./result.ts";
import { texts } from "./texts.ts";

const k_say_at_most_every_ms = 15_000;
const k_load_again_ms = 3_000;
const k_look_again_ms = 30_000; // an end may be moved while voting is open

function useFeed(id: string): Feed {
  const [feed, setFeed] = useState<Feed>({ kind: "waiting" });
  useEffect(() => {
    const running = new ResultFeed(browser, id, setFeed);
    running.start();
    return () => running.stop();
  }, [id]);
  return feed;
}

// The definition, for the titles and the times; the result goes without until it is there.
function useElection(id: string, state: string | undefined): Election | null {
  const [election, setElection] = useState<Election | null>(null);
  useEffect(() => {
    let stopped = false;
    const load = async (): Promise<void> => {
      let wait_ms: number | null = k_load_again_ms;
      try {
        const reply = await ask<Election>(browser.fetch, "GET", electionPath(id));
        if (reply.status === 200 && !stopped) {
          setElection(reply.body);
          const isOver = reply.body.state === "closed" || reply.body.state === "certified";
          wait_ms = isOver ? null : k_look_again_ms;
        }
      } catch {
        // again, below
      }
      if (wait_ms !== null) {
        browser.after(wait_ms * (1 + browser.random() / 2), () => !stopped && void load());
      }
    };
    void load();
    return () => {
      stopped = true;
    };
  }, [id, state]);
  return election;
}

function summary(t: Translator, result: Result, titles: Map<string, string>): string {
  const parts = [t.text("said", { n: result.ballots.counted })];
  for (const contest of result.contests.slice(0, 3)) {
    const first = contest.options.find((option) => option.id === leaders(contest)[0]);
    if (first !== undefined) {
      const title = titles.get(contest.id) ?? contest.id;
      parts.push(t.text("said leading", { contest: title, option: first.title, share: t.share(first.share) }));
    }
  }
  if (result.final) {
    parts.push(t.text("said final"));
  }
  return parts.join(" ");
}

// For screen readers: not each change, but the newest of each quarter of a minute.
function useThrottled(text: string): string {
  const [said, say] = useState(text);
  const newest = useRef(text);
  newest.current = text;
  useEffect(() => {
    const timer = setInterval(() => say(newest.current), k_say_at_most_every_ms);
    return () => clearInterval(timer);
  }, []);
  return said;
}

function Shown(props: { result: Result; isFresh: boolean; election: Election | null }) {
  const t = useText();
  const { result, election } = props;
  const titles = new Map((election?.contests ?? []).map((contest) => [contest.id, contest.title ?? contest.id]));
  const time = t.time(result.as_of, { dateStyle: "medium", timeStyle: "medium" });
  const said = useThrottled(summary(t, result, titles));
  const state = result.state === "certified" ? "certified" : result.final ? "final" : "provisional";
  return (
    <>
      <Heading focus={false}>{t.text("result of", { title: election?.title ?? result.election })}</Heading>
      <p class="state">
        <strong class={state}>{t.text(state)}</strong>
        <span>{t.text("ballots", { n: result.ballots.counted })}</span>
        <span>{t.text("as of", { time })}</span>
      </p>
      {!props.isFresh && <p class="problem">{t.text("broken", { time })}</p>}
      {result.contests.map((contest) => (
        <ContestTable key={contest.id} contest={contest} title={titles.get(contest.id) ?? contest.id} isFinal={result.final} />
      ))}
      {result.state === "open" && election?.closes_at !== undefined && (
        <p class="more">{t.text("results hidden until", { time: t.time(election.closes_at) })}</p>
      )}
      <p class="unseen" role="status">
        {said}
      </p>
    </>
  );
}

function Hidden({ election }: { election: Election | null }) {
  const t = useText();
  return (
    <>
      <Heading focus={false}>{t.text("results hidden")}</Heading>
      <p>{election?.title}</p>
      {election?.closes_at !== undefined && <p>{t.text("results hidden until", { time: t.time(election.closes_at) })}</p>}
    </>
  );
}

function App({ id, isEmbedded }: { id: string; isEmbedded: boolean }) {
  const t = useText();
  const feed = useFeed(id);
  const election = useElection(id, feed.kind === "result" ? feed.result.state : feed.kind);
  document.title = t.text("result of", { title: election?.title ?? id });
  const inside =
    feed.kind === "result" ? (
      <Shown result={feed.result} isFresh={feed.isFresh} election={election} />
    ) : feed.kind === "hidden" ? (
      <Hidden election={election} />
    ) : feed.kind === "unknown" ? (
      <>
        <Heading>{t.text("no election")}</Heading>
        <p>{t.text("no election advice")}</p>
      </>
    ) : (
      <p role="status">{t.text("loading")}</p>
    );
  return (
    <Page development={feed.kind === "result" && feed.result.development === true} isEmbedded={isEmbedded}>
      {inside}
    </Page>
  );
}

document.body.classList.add("results");
start(texts, () => <App id={partOfPath(2)} isEmbedded={partOfPath(1) === "embed"} />);

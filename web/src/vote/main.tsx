// The voter's page: one step at a time, from signing in to the receipt.
import "./vote.css";

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { ask, type Ballot, type Election, electionPath, type Issuer, type Receipt } from "../shared/api.ts";
import { partOfPath, start } from "../shared/start.tsx";
import { Heading, Page, useText } from "../shared/ui.tsx";
import { chosen, mistake, restored, toSend } from "./ballot.ts";
import { type Attempt, castUntilKnown, type Outcome, type World } from "./casting.ts";
import { ContestForm } from "./contest.tsx";
import { type Kept, load, save, tabStorage } from "./kept.ts";
import { ReceiptCard } from "./receipt.tsx";
import { SignIn } from "./sign_in.tsx";
import { texts } from "./texts.ts";

type Step =
  | { at: "sign in"; again: boolean }
  | { at: "choose"; contest: number }
  | { at: "review" }
  | { at: "sending" }
  | { at: "asking" } // after the end: whether there is a vote of this voter; nothing is chosen, nothing can come to count
  | { at: "receipt"; kind: "counted" | "counted before" | "another counts"; receipt: Receipt }
  | { at: "end"; kind: "not open" | "not eligible" | "sealed" | "no election" }
  | { at: "invalid"; detail: string };

const k_load_again_ms = 3_000;

const world: World = {
  fetch: (path, init) => fetch(path, init),
  pause: (ms) =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        window.removeEventListener("online", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      window.addEventListener("online", done);
    }),
  random: Math.random,
};

// By issuer and subject. Only to tell whose choices these are; who may vote is decided by identity.
function isSamePerson(a: string, b: string): boolean {
  const person = (idToken: string) => {
    try {
      const claims = JSON.parse(atob((idToken.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/"))) as Record<string, unknown>;
      return JSON.stringify([claims["iss"], claims["sub"]]);
    } catch {
      return null;
    }
  };
  const known = person(a);
  return known !== null && known === person(b);
}

function first(election: Election, kept: Kept): Step {
  if (kept.receipt !== undefined) {
    return { at: "receipt", ...kept.receipt };
  }
  if (kept.idToken === undefined) {
    return { at: "sign in", again: false };
  }
  if (kept.step === "sending" || (kept.step === "review" && election.state === "open")) {
    return { at: kept.step };
  }
  return election.state === "open" ? { at: "choose", contest: 0 } : { at: "asking" };
}

function Voting({ election, issuers }: { election: Election; issuers: Issuer[] }) {
  const kept = useRef<Kept>(load(tabStorage(), election.id));
  const [ballot, setBallot] = useState<Ballot>(() => restored(election.contests, kept.current.ballot));
  const [step, setStep] = useState<Step>(() => first(election, kept.current));
  const attempt = useRef<Attempt | null>(null);
  const wasSending = useRef(kept.current.step === "sending"); // before a reload, or before signing in again

  const keep = (change: Partial<Kept>) => {
    kept.current = { ...kept.current, ...change };
    save(tabStorage(), election.id, kept.current);
  };
  const go = (next: Step) => {
    if (next.at === "choose" || next.at === "review" || next.at === "sending") {
      keep({ step: next.at });
    }
    setStep(next);
  };
  const choose = (next: Ballot) => {
    setBallot(next);
    keep({ ballot: next });
  };
  const signedIn = (idToken: string) => {
    const before = kept.current.idToken;
    wasSending.current ||= attempt.current?.wasSent ?? false;
    attempt.current = null;
    if (before !== undefined && !isSamePerson(before, idToken)) {
      kept.current = {}; // what another person chose is nobody else's
      wasSending.current = false;
      setBallot({});
    }
    keep({ idToken });
    setStep(first(election, kept.current));
  };
  // Somebody else uses this device: nothing of the one before is left.
  const forget = () => {
    kept.current = {};
    attempt.current = null;
    wasSending.current = false;
    setBallot({});
    keep({});
    setStep({ at: "sign in", again: false });
  };
  // The choices are forgotten: from here on only the receipt is kept.
  const received = (kind: "counted" | "counted before" | "another counts", receipt: Receipt) => {
    kept.current = {};
    keep({ receipt: { kind, receipt } });
    go({ at: "receipt", kind, receipt });
  };
  const ended = (kind: "not open" | "not eligible" | "sealed" | "no election") => {
    kept.current = {};
    keep({});
    setStep({ at: "end", kind });
  };
  const known = (outcome: Outcome) => {
    switch (outcome.kind) {
      case "counted":
      case "counted before":
      case "another counts":
        // Who only asks is told that there is a vote, not that it differs from nothing.
        return received(step.at === "asking" ? "counted" : outcome.kind, outcome.receipt);
      case "sign in again":
        return go({ at: "sign in", again: true });
      case "invalid":
        keep({ step: "choose" });
        return go({ at: "invalid", detail: outcome.detail });
      case "unknown election":
        return ended("no election");
      case "not open":
      case "not eligible":
      case "sealed":
        return ended(outcome.kind);
    }
  };

  switch (step.at) {
    case "sign in":
      return <SignIn issuers={issuers} again={step.again} onSignedIn={signedIn} />;
    case "choose":
      return (
        <Choose
          key={step.contest}
          election={election}
          ballot={ballot}
          at={step.contest}
          onChange={choose}
          onGo={(contest) => go(contest < election.contests.length ? { at: "choose", contest } : { at: "review" })}
        />
      );
    case "review":
      return (
        <Review
          election={election}
          ballot={ballot}
          onChange={(contest) => go({ at: "choose", contest })}
          onSend={() => go({ at: "sending" })}
        />
      );
    case "sending":
    case "asking":
      attempt.current ??= { idToken: kept.current.idToken ?? "", ballotToken: null, wasSent: wasSending.current };
      return (
        <Sending
          key={step.at}
          asking={step.at === "asking"}
          election={election}
          ballot={step.at === "asking" ? {} : ballot}
          attempt={attempt.current}
          onKnown={known}
        />
      );
    case "receipt":
      return <Receipted election={election} kind={step.kind} receipt={step.receipt} onOther={forget} />;
    case "invalid":
      return <Invalid detail={step.detail} onBack={() => go({ at: "choose", contest: 0 })} />;
    case "end":
      return <End kind={step.kind} election={election} onOther={forget} />;
  }
}

function Choose(props: {
  election: Election;
  ballot: Ballot;
  at: number;
  onChange: (ballot: Ballot) => void;
  onGo: (contest: number) => void;
}) {
  const t = useText();
  const [problem, setProblem] = useState<string | null>(null);
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
    const wrong = mistake(contest, answer);
    if (wrong === null) {
      props.onGo(at + 1);
    } else {
      setProblem(
        wrong.kind === "too few" ? t.text("too few", { n: wrong.wanted }) : t.text("too many", { n: wrong.allowed }),
      );
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
        problem={problem}
        onAnswer={(changed) => {
          setProblem(null);
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

function Review(props: { election: Election; ballot: Ballot; onChange: (contest: number) => void; onSend: () => void }) {
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
            <h2>{contest.title ?? contest.id}</h2>
            {lines.length === 0 ? (
              <p class="more">{t.text("left empty")}</p>
            ) : (
              <List>
                {lines.map((line) => (
                  <li key={line}>{line}</li>
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

function Sending(props: {
  asking: boolean;
  election: Election;
  ballot: Ballot;
  attempt: Attempt;
  onKnown: (outcome: Outcome) => void;
}) {
  const t = useText();
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    let gone = false;
    const ballot = toSend(props.election.contests, props.ballot);
    castUntilKnown(world, props.election.id, ballot, props.attempt, (n) => !gone && setFailures(n)).then(
      (outcome) => !gone && props.onKnown(outcome),
    );
    return () => {
      gone = true;
    };
  }, []);
  return (
    <>
      <Heading>{t.text(props.asking ? "asking" : "sending")}</Heading>
      <p class="working" aria-hidden="true" />
      <div role="status">
        {failures === 0 ? (
          <p>{t.text("sending advice")}</p>
        ) : (
          <>
            <p class="alarm">{t.text("still sending")}</p>
            {!props.asking && <p>{t.text("still sending advice")}</p>}
          </>
        )}
      </div>
    </>
  );
}

function Receipted({ election, kind, receipt, onOther }: { election: Election; kind: string; receipt: Receipt; onOther: () => void }) {
  const t = useText();
  return (
    <>
      <p class="tick" aria-hidden="true">
        ✓
      </p>
      <Heading>{t.text(kind)}</Heading>
      <p>{t.text(`${kind} advice`)}</p>
      <ReceiptCard receipt={receipt} />
      {election.results === "live" || election.state !== "open" ? (
        <p>
          <a href={`/results/${election.id}`}>{t.text("show results")}</a>
        </p>
      ) : (
        <p>{t.text("results later")}</p>
      )}
      <p>{t.text("done")}</p>
      {election.state === "open" && (
        <p>
          <button type="button" onClick={onOther}>
            {t.text("other voter")}
          </button>
        </p>
      )}
    </>
  );
}

function Invalid({ detail, onBack }: { detail: string; onBack: () => void }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text("invalid")}</Heading>
      <p>{t.text("invalid advice", { detail })}</p>
      <button type="button" class="main" onClick={onBack}>
        {t.text("back")}
      </button>
    </>
  );
}

type Ending = "not open" | "not eligible" | "sealed" | "no election";

function End({ kind, election, onOther }: { kind: Ending; election: Election; onOther: () => void }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text(kind)}</Heading>
      <p>{t.text(`${kind} advice`)}</p>
      {kind === "not eligible" ? (
        <button type="button" onClick={onOther}>
          {t.text("other sign in")}
        </button>
      ) : (
        <p>
          <a href={`/results/${election.id}`}>{t.text("show results")}</a>
        </p>
      )}
    </>
  );
}

interface Loaded {
  election: Election | null; // null: there is none of this name
  issuers: Issuer[];
}

// The election as it is now; asks again while it cannot be had, and while voting has not begun.
function useElection(id: string): { loaded: Loaded | null; failing: boolean } {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failing, setFailing] = useState(false);
  useEffect(() => {
    let stopped = false;
    const again = async (): Promise<void> => {
      let wait = true;
      try {
        const [election, issuers] = await Promise.all([
          ask<Election>(world.fetch, "GET", electionPath(id)),
          ask<Issuer[]>(world.fetch, "GET", "/v1/sign-in"),
        ]);
        if (stopped) {
          return;
        }
        if (election.status === 404) {
          setLoaded({ election: null, issuers: [] });
          wait = false;
        } else if (election.status === 200 && issuers.status === 200) {
          setLoaded({ election: election.body, issuers: issuers.body });
          wait = election.body.state === "draft" || election.body.state === "scheduled";
        }
        setFailing(election.status !== 404 && (election.status !== 200 || issuers.status !== 200));
      } catch {
        setFailing(true);
      }
      if (wait && !stopped) {
        await world.pause(k_load_again_ms * (1 + Math.random()));
        return again();
      }
    };
    void again();
    return () => {
      stopped = true;
    };
  }, [id]);
  return { loaded, failing };
}

function Closed({ election, onAsk }: { election: Election; onAsk: () => void }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text("closed")}</Heading>
      <p>
        <a href={`/results/${election.id}`}>{t.text("show results")}</a>
      </p>
      {election.state === "closed" && (
        <>
          <p>{t.text("closed advice")}</p>
          <button type="button" onClick={onAsk}>
            {t.text("ask")}
          </button>
        </>
      )}
    </>
  );
}

function NotYet({ election }: { election: Election }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text("not yet")}</Heading>
      <p>{election.title}</p>
      {election.opens_at !== undefined && <p>{t.text("opens at", { time: t.time(election.opens_at) })}</p>}
      <p role="status">{t.text("opens later")}</p>
    </>
  );
}

function App({ id }: { id: string }) {
  const t = useText();
  const { loaded, failing } = useElection(id);
  const [asking, setAsking] = useState(false);
  const begun = useMemo(() => Object.keys(load(tabStorage(), id)).length > 0, [id]);
  if (loaded === null) {
    return (
      <Page>
        <p role="status">{t.text(failing ? "cannot load" : "loading")}</p>
      </Page>
    );
  }
  const { election, issuers } = loaded;
  if (election === null) {
    return (
      <Page>
        <Heading>{t.text("no election")}</Heading>
        <p>{t.text("no election advice")}</p>
      </Page>
    );
  }
  document.title = election.title;
  const isOver = election.state === "closed" || election.state === "certified";
  return (
    <Page development={issuers.some((issuer) => issuer.kind === "development")}>
      {isOver && !asking && !begun ? (
        <Closed election={election} onAsk={() => setAsking(true)} />
      ) : isOver || election.state === "open" ? (
        <Voting election={election} issuers={issuers} />
      ) : (
        <NotYet election={election} />
      )}
    </Page>
  );
}

start(texts, () => <App id={partOfPath(2)} />);

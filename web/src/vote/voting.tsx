// One step at a time, from signing in to the receipt.
import { useRef, useState } from "preact/hooks";

import type { Ballot, Election, Issuer, Receipt } from "../shared/api.ts";
import { tabStorage } from "../shared/storage.ts";
import { restored } from "./ballot.ts";
import type { Attempt, Outcome } from "./casting.ts";
import { Choose } from "./choose.tsx";
import { End, type Ending, Invalid, Receipted } from "./endings.tsx";
import { type Kept, load, type ReceiptKind, save, signedIn as withSignIn } from "./kept.ts";
import { Review } from "./review.tsx";
import { Sending } from "./sending.tsx";
import { SignIn } from "./sign_in.tsx";

type Step =
  | { at: "sign in"; again: boolean }
  | { at: "choose"; contest: number }
  | { at: "review" }
  | { at: "sending" }
  | { at: "asking" } // after the end: whether there is a vote of this voter; nothing is chosen, nothing can come to count
  | { at: "receipt"; kind: ReceiptKind; receipt: Receipt }
  | { at: "end"; kind: Ending }
  | { at: "invalid"; detail: string };

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

export function Voting({ election, issuers }: { election: Election; issuers: Issuer[] }) {
  const kept = useRef<Kept>(load(tabStorage(), election.id));
  const [ballot, setBallot] = useState<Ballot>(() => restored(election.contests, kept.current.ballot));
  const [step, setStep] = useState<Step>(() => first(election, kept.current));
  const attempt = useRef<Attempt | null>(null);

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
    attempt.current = null;
    kept.current = withSignIn(kept.current, idToken);
    keep({});
    setBallot(restored(election.contests, kept.current.ballot));
    setStep(first(election, kept.current));
  };
  // Somebody else uses this device: nothing of the one before is left.
  const forget = () => {
    kept.current = { somebodyElse: true };
    attempt.current = null;
    setBallot({});
    keep({});
    setStep({ at: "sign in", again: false });
  };
  // The choices are forgotten: from here on only the receipt is kept.
  const received = (kind: ReceiptKind, receipt: Receipt) => {
    kept.current = {};
    keep({ receipt: { kind, receipt } });
    go({ at: "receipt", kind, receipt });
  };
  const ended = (kind: Ending) => {
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
        keep({ wasSent: attempt.current?.wasSent ?? false });
        return go({ at: "sign in", again: true });
      case "invalid":
        attempt.current = null;
        keep({ step: "choose", wasSent: false });
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
      return (
        <SignIn
          election={election}
          issuers={issuers}
          again={step.again}
          somebodyElse={kept.current.somebodyElse ?? false}
          onSignedIn={signedIn}
        />
      );
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
      if (attempt.current === null) {
        // Whoever reloads while it is sent cannot know whether it was.
        attempt.current = { idToken: kept.current.idToken ?? "", ballotToken: null, wasSent: kept.current.wasSent ?? false };
        keep({ wasSent: step.at === "sending" });
      }
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

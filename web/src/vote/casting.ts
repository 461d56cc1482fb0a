// Sends a ballot until it is known what became of it. Sending the same again is always safe, and always tells the truth:
// so a broken network, a refusal for want of room, or a reload only means asking once more.
import { ask, electionPath, type Ballot, type Fetch, type Problem, type Receipt } from "../shared/api.ts";

export type Outcome =
  | { kind: "counted"; receipt: Receipt }
  | { kind: "counted before"; receipt: Receipt } // this very ballot
  | { kind: "another counts"; receipt: Receipt }
  | { kind: "not open" } // and nothing of this voter's counts
  | { kind: "sealed" } // the result is certified: whether this voter's counts is not told any more
  | { kind: "sign in again" } // the sign-in is over or was never good; the ballot stays as it is
  | { kind: "not eligible" }
  | { kind: "invalid"; detail: string }
  | { kind: "unknown election" };

export interface World {
  fetch: Fetch;
  // Resolves after so long, or earlier when the network may be back.
  pause(ms: number): Promise<void>;
  random(): number;
}

export interface Attempt {
  idToken: string;
  ballotToken: string | null; // kept from one attempt to the next
  // This ballot was sent before and it was not heard what became of it: if it counts, it counts since then.
  wasSent: boolean;
}

const k_pause_first_ms = 500;
const k_pause_max_ms = 8_000;
const k_retry_after_max_ms = 60_000; // whatever stands between may ask for a day
const k_rejections_in_a_row_max = 3;

// How long to wait after so many failures in a row: doubling, spread over half, so that a crowd does not come at once.
export function pauseAfter(failures: number, retryAfterMs: number | null, random: number): number {
  const doubled = Math.min(k_pause_max_ms, k_pause_first_ms * 2 ** Math.max(0, failures - 1));
  return Math.max(Math.min(retryAfterMs ?? 0, k_retry_after_max_ms), doubled) * (1 + random / 2);
}

interface TokenReply {
  ballot_token: string;
}
interface VoteReply {
  receipt: Receipt;
}

// Calls `onFailure` with the number of failures in a row each time nothing is known yet.
export async function castUntilKnown(
  world: World,
  election: string,
  ballot: Ballot,
  attempt: Attempt,
  onFailure: (failures: number) => void,
): Promise<Outcome> {
  let failures = 0;
  let rejections = 0; // of ballot tokens
  for (;;) {
    let retryAfterMs: number | null = null;
    try {
      const step = attempt.ballotToken === null ? await askForToken() : await askForVote(attempt.ballotToken);
      if (step.outcome !== null) {
        return step.outcome;
      }
      if (step.again === "at once") {
        continue;
      }
      retryAfterMs = step.retryAfterMs;
    } catch {
      // No answer: the outcome is unknown.
      rejections = 0;
      attempt.wasSent ||= attempt.ballotToken !== null;
    }
    failures += 1;
    onFailure(failures);
    await world.pause(pauseAfter(failures, retryAfterMs, world.random()));
  }

  type Step =
    | { outcome: Outcome }
    | { outcome: null; again: "at once" }
    | { outcome: null; again: "later"; retryAfterMs: number | null };

  async function askForToken(): Promise<Step> {
    const reply = await ask<TokenReply>(world.fetch, "POST", `${electionPath(election)}/ballot-tokens`, {
      token: attempt.idToken,
    });
    switch (reply.status) {
      case 201:
        attempt.ballotToken = reply.body.ballot_token;
        return { outcome: null, again: "at once" };
      case 401:
        return { outcome: { kind: "sign in again" } };
      case 403:
        return { outcome: { kind: "not eligible" } };
      case 404:
        return { outcome: { kind: "unknown election" } };
      case 409:
        return { outcome: { kind: "sealed" } };
      default:
        return { outcome: null, again: "later", retryAfterMs: reply.retryAfterMs };
    }
  }

  async function askForVote(token: string): Promise<Step> {
    const reply = await ask<VoteReply & Problem>(world.fetch, "POST", `${electionPath(election)}/votes`, {
      token,
      body: { ballot },
    });
    switch (reply.status) {
      case 201:
        return { outcome: { kind: "counted", receipt: reply.body.receipt } };
      case 200:
        return { outcome: { kind: attempt.wasSent ? "counted" : "counted before", receipt: reply.body.receipt } };
      case 409:
        return { outcome: { kind: "another counts", receipt: reply.body.receipt } };
      case 401:
        // It is minutes long only: another one. One that is never good ends with the sign-in.
        attempt.ballotToken = null;
        rejections += 1;
        return rejections < k_rejections_in_a_row_max
          ? { outcome: null, again: "at once" }
          : { outcome: { kind: "sign in again" } };
      case 403:
        return { outcome: { kind: "not open" } };
      case 404:
        return { outcome: { kind: "unknown election" } };
      case 400:
      case 413:
      case 415:
      case 422:
        return { outcome: { kind: "invalid", detail: reply.body.mistakes?.[0]?.detail ?? reply.body.detail ?? "" } };
      default:
        rejections = 0;
        attempt.wasSent = true;
        return { outcome: null, again: "later", retryAfterMs: reply.retryAfterMs };
    }
  }
}

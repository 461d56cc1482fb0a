// What the page makes of the way it was come to. Pure but for what is handed in.
import { ask, type Fetch } from "../shared/api.ts";
import { type Answer, exchangeOf, isPurpose, judge, type Pending, type Purpose, stateOf, takePending } from "../shared/sign_in.ts";

export type Arrival =
  | { kind: "unknown" } // nobody here began this: nothing is done
  | { kind: "refused"; purpose: Purpose } // the voter did not want to
  | { kind: "failed"; purpose: Purpose }
  | { kind: "code"; code: string; pending: Pending };

// `before` is what the page kept with its address: of a reload, when the answer is used already.
export function arrive(answer: Answer, storage: Storage | null, before: unknown, now: number): Arrival {
  const state = stateOf(answer.query);
  const pending = state === null ? null : takePending(storage, state, now);
  if (pending === null) {
    return isPurpose(before) ? { kind: "failed", purpose: before } : { kind: "unknown" };
  }
  const verdict = judge(answer, pending);
  return verdict.kind === "code"
    ? { kind: "code", code: verdict.code, pending }
    : { kind: verdict.kind, purpose: purposeOf(pending) };
}

// Without what must be known to nobody.
export function purposeOf(pending: Pending): Purpose {
  const { issuer, election, returnTo, needsMfa, somebodyElse } = pending;
  return { issuer, election, returnTo, needsMfa, somebodyElse };
}

// The ID token; null when signing in did not work, whatever the reason. Never twice for a code: whether one that was not
// answered is used up is not known.
export async function exchange(fetch: Fetch, origin: string, code: string, pending: Pending): Promise<string | null> {
  try {
    const reply = await ask<{ id_token?: unknown }>(fetch, "POST", "/v1/sign-in", {
      body: exchangeOf(pending, code, origin),
    });
    const idToken = reply.status === 200 ? reply.body.id_token : null;
    return typeof idToken === "string" && idToken !== "" ? idToken : null;
  } catch {
    return null;
  }
}

// A ballot in the making: what each contest allows, and what is still wrong. Pure; the ballot box judges again.
import type { Answer, Ballot, Contest } from "../shared/api.ts";

export type Mistake = { kind: "too few"; wanted: number } | { kind: "too many"; allowed: number };

export function chosen(answer: Answer | undefined): string[] {
  return answer === undefined ? [] : Array.isArray(answer) ? answer : Object.keys(answer);
}

export function mistake(contest: Contest, answer: Answer | undefined): Mistake | null {
  const count = chosen(answer).length;
  if (count < contest.min_choices) {
    return { kind: "too few", wanted: contest.min_choices };
  }
  if (count > contest.max_choices) {
    return { kind: "too many", allowed: contest.max_choices };
  }
  return null;
}

export function isFull(contest: Contest, answer: Answer | undefined): boolean {
  return chosen(answer).length >= contest.max_choices;
}

// single, approval, ranked: chosen when it was not, else taken back. In a contest for one, another choice replaces.
export function toggled(contest: Contest, answer: Answer | undefined, option: string): string[] {
  const before = Array.isArray(answer) ? answer : [];
  if (before.includes(option)) {
    return contest.method === "single" && contest.min_choices > 0 ? before : before.filter((id) => id !== option);
  }
  if (contest.method === "single") {
    return [option];
  }
  return isFull(contest, before) ? before : [...before, option];
}

// ranked: the option comes to stand at this place (0 is first), the others keep their order.
export function moved(answer: string[], option: string, place: number): string[] {
  const others = answer.filter((id) => id !== option);
  const at = Math.max(0, Math.min(place, others.length));
  return [...others.slice(0, at), option, ...others.slice(at)];
}

// score: null takes the points away again.
export function scored(answer: Answer | undefined, option: string, points: number | null): Record<string, number> {
  const after = { ...(answer === undefined || Array.isArray(answer) ? {} : answer) };
  if (points === null) {
    delete after[option];
  } else {
    after[option] = points;
  }
  return after;
}

// What is sent: contests in the definition's order, those without an answer left out, so that the very same ballot is
// the very same request.
export function toSend(contests: Contest[], ballot: Ballot): Ballot {
  const sent: Ballot = {};
  for (const contest of contests) {
    const answer = ballot[contest.id];
    if (chosen(answer).length > 0) {
      sent[contest.id] = answer as Answer;
    }
  }
  return sent;
}

// What was kept from before a reload, as far as it is still a ballot of this election.
export function restored(contests: Contest[], kept: unknown): Ballot {
  const ballot: Ballot = {};
  if (typeof kept !== "object" || kept === null) {
    return ballot;
  }
  for (const contest of contests) {
    const answer = (kept as Record<string, unknown>)[contest.id];
    const known = new Set(contest.options.map((option) => option.id));
    if (contest.method === "score") {
      if (typeof answer === "object" && answer !== null && !Array.isArray(answer)) {
        const points = Object.entries(answer).filter(
          ([id, value]) => known.has(id) && Number.isInteger(value) && value >= 0 && value <= (contest.max_score ?? 0),
        );
        ballot[contest.id] = Object.fromEntries(points);
      }
    } else if (Array.isArray(answer)) {
      ballot[contest.id] = [...new Set(answer.filter((id) => known.has(id)))].slice(0, contest.max_choices);
    }
  }
  return ballot;
}

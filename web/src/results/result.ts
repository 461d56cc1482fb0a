// The result document (api/openapi.yaml, Result) and what a page makes of it. Pure.
import type { Method, State } from "../shared/api.ts";

export interface Round {
  tally: Record<string, number>;
  eliminated: string[];
  exhausted: number;
}

export interface ContestResult {
  id: string;
  method: Method;
  winners: string[];
  bounded?: true;
  options: { id: string; title: string; votes: number; share: number }[];
  rounds?: Round[];
}

export interface Result {
  election: string;
  state: State;
  final: boolean;
  as_of: string;
  development?: true;
  ballots: { counted: number; repeated: number; held: number };
  covers: Record<string, number>;
  contests: ContestResult[];
}

// Whether `next` may take the place of what is shown: a document that covers less of any partition is an older one.
export function coversAsMuch(next: Result, shown: Result | null): boolean {
  return (
    shown === null ||
    Object.entries(shown.covers).every(([partition, offset]) => (next.covers[partition] ?? 0) >= offset)
  );
}

// Most first; of equals, as in the definition.
export function sorted(contest: ContestResult): ContestResult["options"] {
  return [...contest.options].sort((a, b) => b.votes - a.votes);
}

// Lengths of bars, 0 to 1: the most votes fill the row.
export function lengthOf(votes: number, most: number): number {
  return most <= 0 ? 0 : votes / most;
}

// Whose lead it is now: of a ranked contest who would win by its rounds, as far as those are counted live.
export function leaders(contest: ContestResult): string[] {
  if (contest.method === "ranked" && contest.bounded !== true && contest.winners.length > 0) {
    return contest.winners;
  }
  const most = Math.max(0, ...contest.options.map((option) => option.votes));
  return most === 0 ? [] : contest.options.filter((option) => option.votes === most).map((option) => option.id);
}

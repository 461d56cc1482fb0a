// An election in the making: what the form holds, and the definition it means. Pure; the service judges it and names each
// mistake by JSON pointer, which is also how a field is found.
import type { Contest, Election, Method } from "../shared/api.ts";

export interface DraftOption {
  key: number; // of the row, for as long as the form lives
  id: string; // empty: made from the title
  title: string;
  description: string;
  undeclared: boolean; // write-ins that nobody registered: not in the form, and kept as it is
}

export interface DraftContest {
  key: number;
  id: string;
  title: string;
  method: Method;
  min: string; // as typed; empty: the default
  max: string;
  maxScore: string;
  options: DraftOption[];
}

export interface Draft {
  id: string;
  title: string;
  description: string;
  results: "live" | "after_close";
  opensAt: string; // as <input type="datetime-local"> has it; empty: by command
  closesAt: string;
  contests: DraftContest[];
  issuers: string[]; // none: every one that is configured
  claim: string;
  uniqueBy: "issuer" | "claim";
  requireMfa: boolean;
}

let next_key = 1;

export function newOption(): DraftOption {
  return { key: next_key++, id: "", title: "", description: "", undeclared: false };
}

export function newContest(): DraftContest {
  return { key: next_key++, id: "", title: "", method: "single", min: "", max: "", maxScore: "5", options: [newOption(), newOption()] };
}

export function newDraft(): Draft {
  return {
    id: "",
    title: "",
    description: "",
    results: "live",
    opensAt: "",
    closesAt: "",
    contests: [newContest()],
    issuers: [],
    claim: "sub",
    uniqueBy: "issuer",
    requireMfa: false,
  };
}

// RFC 3339 to the local time that an input shows, and back. Seconds are kept where there are any.
export function toLocal(rfc3339: string | undefined): string {
  if (rfc3339 === undefined) {
    return "";
  }
  const time = new Date(rfc3339);
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString();
  return local.endsWith(":00.000Z") ? local.slice(0, 16) : local.slice(0, 19);
}

export function fromLocal(local: string): string | undefined {
  const time = new Date(local);
  return local === "" || Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

// What the service takes when nothing is said: it follows the method and the options as they come to be.
function isDefaultMax(contest: Contest): boolean {
  return contest.method === "single" || contest.max_choices === contest.options.length;
}

export function fromElection(election: Election): Draft {
  return {
    id: election.id,
    title: election.title,
    description: election.description ?? "",
    results: election.results,
    opensAt: toLocal(election.opens_at),
    closesAt: toLocal(election.closes_at),
    contests: election.contests.map((contest) => ({
      key: next_key++,
      id: contest.id,
      title: contest.title ?? "",
      method: contest.method,
      min: String(contest.min_choices),
      max: isDefaultMax(contest) ? "" : String(contest.max_choices),
      maxScore: String(contest.max_score ?? 5),
      options: contest.options.map((option) => ({
        key: next_key++,
        id: option.id,
        title: option.title,
        description: option.description ?? "",
        undeclared: option.undeclared ?? false,
      })),
    })),
    issuers: election.eligibility?.issuers ?? [],
    claim: election.eligibility?.claim ?? "sub",
    uniqueBy: election.eligibility?.unique_by ?? "issuer",
    requireMfa: election.eligibility?.require_mfa ?? false,
  };
}

// A number where one was typed; anything else is handed on as it is, for the service to name the mistake.
function numeral(typed: string): number | string | undefined {
  const text = typed.trim();
  return text === "" ? undefined : /^-?\d+$/.test(text) ? Number(text) : text;
}

function without<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== "")) as T;
}

export function toDefinition(draft: Draft): object {
  return without({
    id: draft.id.trim(),
    title: draft.title.trim(),
    description: draft.description.trim(),
    results: draft.results,
    opens_at: fromLocal(draft.opensAt),
    closes_at: fromLocal(draft.closesAt),
    contests: draft.contests.map((contest) =>
      without({
        id: contest.id,
        title: contest.title.trim(),
        method: contest.method,
        min_choices: numeral(contest.min),
        max_choices: contest.method === "single" ? undefined : numeral(contest.max),
        max_score: contest.method === "score" ? numeral(contest.maxScore) : undefined,
        options: contest.options.map((option) =>
          without({
            id: option.id,
            title: option.title.trim(),
            description: option.description.trim(),
            undeclared: option.undeclared ? true : undefined,
          }),
        ),
      }),
    ),
    eligibility: without({
      issuers: draft.issuers.length === 0 ? undefined : draft.issuers,
      claim: draft.claim.trim(),
      unique_by: draft.uniqueBy,
      require_mfa: draft.requireMfa,
    }),
  });
}

// Where a row is found whatever moves above it.
export function rowPointer(above: string, row: { key: number }): string {
  return `${above}/row-${row.key}`;
}

// The service counts rows as they were sent; a mistake stays with its row when that is moved.
export function byRows(sent: Draft, pointer: string): string {
  const [, contests, at, options, number, ...rest] = pointer.split("/");
  const contest = contests === "contests" ? sent.contests[Number(at)] : undefined;
  if (contest === undefined) {
    return pointer;
  }
  const below = (...parts: (string | undefined)[]) => parts.filter((part) => part !== undefined).map((part) => `/${part}`).join("");
  const here = rowPointer("/contests", contest);
  const option = options === "options" ? contest.options[Number(number)] : undefined;
  return option === undefined
    ? here + below(options, number, ...rest)
    : rowPointer(`${here}/options`, option) + below(...rest);
}

// As a merge patch (RFC 7396): what the form leaves empty is taken away.
export function toPatch(draft: Draft): object {
  const { id: _, ...definition } = toDefinition(draft) as Record<string, unknown>;
  const eligibility = definition["eligibility"] as Record<string, unknown>;
  return {
    title: null,
    description: null,
    opens_at: null,
    closes_at: null,
    ...definition,
    eligibility: { issuers: null, claim: null, ...eligibility },
  };
}

// The ballot as the voter will see it, as far as it can be told.
export function preview(draft: Draft): Contest[] {
  return draft.contests.map((contest, at) => {
    const options = contest.options.map((option, number) => ({
      id: `option-${number}`,
      title: option.title === "" ? "…" : option.title,
      ...(option.description === "" ? {} : { description: option.description }),
    }));
    const number = (typed: string, otherwise: number) => {
      const value = Number(typed);
      return typed.trim() === "" || !Number.isInteger(value) || value < 0 ? otherwise : value;
    };
    return {
      id: `preview-${at}`,
      title: contest.title === "" ? "…" : contest.title,
      method: contest.method,
      min_choices: number(contest.min, 1),
      max_choices: contest.method === "single" ? 1 : number(contest.max, options.length),
      max_score: number(contest.maxScore, 5),
      options,
    };
  });
}

// One person with two sign-ins could vote twice.
export function mayVoteTwice(draft: Draft, configured: string[]): boolean {
  const allowed = draft.issuers.length === 0 ? configured : draft.issuers;
  return draft.uniqueBy === "issuer" && new Set(allowed).size > 1;
}

export function moveItem<T>(items: T[], from: number, to: number): T[] {
  if (to < 0 || to >= items.length) {
    return items;
  }
  const after = [...items];
  const [item] = after.splice(from, 1);
  after.splice(to, 0, item as T);
  return after;
}

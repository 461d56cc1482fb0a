// Results and turnout as files. Pure.
import type { Result } from "../results/result.ts";

export interface Sample {
  at: number; // milliseconds since 1970
  counted: number;
}

// RFC 4180; a text that a spreadsheet would take for a formula is marked as text (OWASP, CSV injection).
export function csvCell(value: string | number): string {
  if (typeof value === "number") {
    return String(value);
  }
  const safe = /^[=+\-@\t\r\n|]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) || safe !== value ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function csv(rows: (string | number)[][]): string {
  return rows.map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
}

export function resultCsv(result: Result): string {
  const head = ["election", "state", "final", "as_of", "contest", "method", "option", "title", "votes", "share", "winner"];
  return csv([
    head,
    ...result.contests.flatMap((contest) =>
      contest.options.map((option) => [
        result.election,
        result.state,
        String(result.final),
        result.as_of,
        contest.id,
        contest.method,
        option.id,
        option.title,
        option.votes,
        option.share,
        result.final && contest.winners.includes(option.id) ? "yes" : "no",
      ]),
    ),
  ]);
}

export function turnoutCsv(election: string, samples: Sample[]): string {
  return csv([
    ["election", "at", "counted"],
    ...samples.map((sample) => [election, new Date(sample.at).toISOString(), sample.counted]),
  ]);
}

const k_samples_max = 400;

// One more sample; when there are too many, every other one of the old goes.
export function withSample(samples: Sample[], sample: Sample): Sample[] {
  const last = samples[samples.length - 1];
  if (last !== undefined && (sample.counted < last.counted || sample.at <= last.at)) {
    return samples;
  }
  const after = [...samples, sample];
  return after.length <= k_samples_max ? after : after.filter((_, at) => at % 2 === 0 || at === after.length - 1);
}

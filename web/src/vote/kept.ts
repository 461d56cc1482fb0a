// What survives a reload: for this tab only, and without the choices once the vote is known to count.
import type { Ballot, Receipt } from "../shared/api.ts";

export type Step = "choose" | "review" | "sending";

export interface Kept {
  idToken?: string;
  step?: Step;
  ballot?: Ballot;
  receipt?: { kind: "counted" | "counted before" | "another counts"; receipt: Receipt };
}

const nameOf = (election: string) => `ostraka.vote.${election}`;

export function load(storage: Storage | null, election: string): Kept {
  try {
    const kept: unknown = JSON.parse(storage?.getItem(nameOf(election)) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Kept) : {};
  } catch {
    return {};
  }
}

export function save(storage: Storage | null, election: string, kept: Kept): void {
  try {
    storage?.setItem(nameOf(election), JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing still votes; it only forgets at a reload.
  }
}

export function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

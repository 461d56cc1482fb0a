// What survives a reload and a way to a provider: for this tab only, and without the choices once the vote is known to
// count.
import type { Ballot, Receipt } from "../shared/api.ts";

export type Step = "choose" | "review" | "sending";
export type ReceiptKind = "counted" | "counted before" | "another counts";

export interface Kept {
  idToken?: string;
  step?: Step;
  ballot?: Ballot;
  wasSent?: boolean; // the ballot may have arrived already
  somebodyElse?: boolean; // who signs in next is not who was signed in with the provider before
  receipt?: { kind: ReceiptKind; receipt: Receipt };
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

// By issuer and subject. Only to tell whose choices these are; who may vote is decided by identity.
export function isSamePerson(a: string, b: string): boolean {
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

// After signing in. What another person chose is nobody else's.
export function signedIn(kept: Kept, idToken: string): Kept {
  if (kept.idToken !== undefined && !isSamePerson(kept.idToken, idToken)) {
    return { idToken };
  }
  const { somebodyElse: _, ...rest } = kept;
  return { ...rest, idToken };
}

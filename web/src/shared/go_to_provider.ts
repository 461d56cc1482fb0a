// Sends the voter to a provider's page. Used by the page that votes, and by the one that came back without a sign-in.
import type { Issuer } from "./api.ts";
import { begin, challengeOf, keepPending, type Purpose, requestUrl } from "./sign_in.ts";
import { tabStorage } from "./storage.ts";

export type Hindrance = "insecure" | "forgetful";

// Browsers hash only where the connection cannot be listened to.
export function hindrance(): Hindrance | null {
  if (globalThis.crypto?.subtle === undefined) {
    return "insecure";
  }
  return tabStorage() === null ? "forgetful" : null;
}

// The page is left when this resolves to null. REQUIRES: the issuer can be reached.
export async function goToProvider(issuer: Issuer, purpose: Purpose, language: string): Promise<Hindrance | null> {
  const hindered = hindrance();
  if (hindered !== null) {
    return hindered;
  }
  const pending = begin(issuer, purpose, crypto, Date.now());
  const challenge = await challengeOf(pending.verifier, crypto.subtle);
  if (!keepPending(tabStorage(), pending)) {
    return "forgetful";
  }
  location.assign(requestUrl(issuer, pending, { origin: location.origin, language, challenge }));
  return null;
}

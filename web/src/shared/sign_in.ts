// Signing in with a provider (OpenID Connect, authorization code flow with PKCE): where a page sends the voter, and what
// it believes of what comes back. Pure but for what is handed in.
//
// What was begun is kept for this tab until the answer is there, and taken away before the answer is used: so a code is
// used once at most, and an answer to something that nobody began is none. Every provider sends back to a path of its own,
// so an answer that comes by another path is another provider's, and its code is nobody else's business.
import type { Election, Issuer } from "./api.ts";

// What a sign-in is for: enough to begin it once more, and nothing that would have to be hidden.
export interface Purpose {
  issuer: string;
  election: string;
  returnTo: string;
  needsMfa: boolean;
  somebodyElse: boolean; // the provider asks who it is, even if it knows somebody
}

export interface Pending extends Purpose {
  state: string;
  nonce: string;
  verifier: string;
  redirectPath: string; // by which the answer comes
  mustNameIssuer: boolean; // RFC 9207
  begunAt: number;
}

export interface Randomness {
  getRandomValues(bytes: Uint8Array<ArrayBuffer>): unknown;
}

const k_random_bytes = 32;
const k_pending_max = 4; // of more, the oldest are forgotten
const k_pending_ms_max = 15 * 60_000;
const k_code_length_max = 4096;
const k_kept = "ostraka.sign-ins";
const k_redirect_path = /^\/sign-in\/[\w-]+$/;

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

// RFC 7636, S256.
export async function challengeOf(verifier: string, subtle: Pick<SubtleCrypto, "digest">): Promise<string> {
  return base64url(new Uint8Array(await subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

// -- who lets people in -------------------------------------------------------------------------------------------------

// Those that may vote in this election by its definition.
export function issuersOf(election: Election, issuers: Issuer[]): Issuer[] {
  const allowed = election.eligibility?.issuers ?? [];
  return allowed.length === 0 ? issuers : issuers.filter((issuer) => allowed.includes(issuer.issuer));
}

export function isReachable(issuer: Issuer): boolean {
  return issuer.kind === "development" || (endpointOf(issuer) !== null && isRedirectPath(issuer.redirect_path));
}

export function nameOf(issuer: Issuer): string {
  if (issuer.title !== undefined && issuer.title !== "") {
    return issuer.title;
  }
  try {
    return new URL(issuer.issuer).host || issuer.issuer;
  } catch {
    return issuer.issuer;
  }
}

function isRedirectPath(path: unknown): path is string {
  return typeof path === "string" && k_redirect_path.test(path);
}

// Over https only; on this very machine also over http.
function endpointOf(issuer: Issuer): URL | null {
  try {
    const url = new URL(issuer.authorization_endpoint ?? "");
    const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
    return url.protocol === "https:" || (url.protocol === "http:" && isLoopback) ? url : null;
  } catch {
    return null;
  }
}

// -- going there --------------------------------------------------------------------------------------------------------

// REQUIRES: the issuer can be reached.
export function begin(issuer: Issuer, purpose: Purpose, random: Randomness, now: number): Pending {
  const secret = () => {
    const bytes = new Uint8Array(k_random_bytes);
    random.getRandomValues(bytes);
    return base64url(bytes);
  };
  return {
    ...purpose,
    state: secret(),
    nonce: secret(),
    verifier: secret(),
    redirectPath: issuer.redirect_path as string,
    mustNameIssuer: issuer.iss_in_response === true,
    begunAt: now,
  };
}

export interface Manner {
  origin: string;
  language: string;
  challenge: string;
}

// REQUIRES: the issuer can be reached.
export function requestUrl(issuer: Issuer, pending: Pending, manner: Manner): string {
  const url = endpointOf(issuer) as URL;
  url.hash = "";
  const parameters: Record<string, string | undefined> = {
    response_type: "code",
    client_id: issuer.client_id,
    redirect_uri: manner.origin + pending.redirectPath,
    scope: issuer.scope ?? "openid",
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: manner.challenge,
    code_challenge_method: "S256",
    ui_locales: manner.language,
    max_age: issuer.max_age === undefined ? undefined : String(issuer.max_age),
    acr_values: pending.needsMfa ? issuer.mfa_acr_values : undefined,
    prompt: pending.somebodyElse ? "login" : undefined,
  };
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) {
      url.searchParams.set(name, value); // what the address has already stays
    }
  }
  return url.href;
}

// -- what is on its way -------------------------------------------------------------------------------------------------

function isPending(entry: unknown, now: number): entry is Pending {
  const pending = entry as Pending;
  return (
    isPurpose(entry) &&
    [pending.state, pending.nonce, pending.verifier].every((text) => typeof text === "string" && text !== "") &&
    isRedirectPath(pending.redirectPath) &&
    typeof pending.begunAt === "number" &&
    pending.begunAt <= now &&
    now - pending.begunAt < k_pending_ms_max
  );
}

// As it comes out of the browser's storage. Back to a page of ours that votes, nowhere else.
export function isPurpose(entry: unknown): entry is Purpose {
  const purpose = entry as Purpose;
  return (
    typeof entry === "object" &&
    entry !== null &&
    typeof purpose.issuer === "string" &&
    typeof purpose.election === "string" &&
    typeof purpose.returnTo === "string" &&
    purpose.returnTo.startsWith("/vote/")
  );
}

function allPending(storage: Storage, now: number): Pending[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(k_kept) ?? "[]");
    return Array.isArray(kept) ? kept.filter((entry): entry is Pending => isPending(entry, now)) : [];
  } catch {
    return [];
  }
}

// False when the browser does not keep it: then nobody may be sent away.
export function keepPending(storage: Storage | null, pending: Pending): boolean {
  if (storage === null) {
    return false;
  }
  try {
    const kept = [...allPending(storage, pending.begunAt), pending].slice(-k_pending_max);
    storage.setItem(k_kept, JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

// At most once for each: also when it fails to be forgotten it is not handed out.
export function takePending(storage: Storage | null, state: string, now: number): Pending | null {
  if (storage === null) {
    return null;
  }
  const kept = allPending(storage, now);
  try {
    storage.setItem(k_kept, JSON.stringify(kept.filter((pending) => pending.state !== state)));
  } catch {
    return null;
  }
  return kept.find((pending) => pending.state === state) ?? null;
}

// -- coming back --------------------------------------------------------------------------------------------------------

export interface Answer {
  path: string; // of the page that it came to
  query: URLSearchParams;
}

export type Verdict = { kind: "code"; code: string } | { kind: "refused" } | { kind: "failed" };

// The state of an answer; null when the query is none.
export function stateOf(query: URLSearchParams): string | null {
  const isAnswer = query.has("code") || query.has("error");
  return isAnswer ? (query.get("state") ?? "") : null;
}

// REQUIRES: `pending` was taken by the query's state.
export function judge({ path, query }: Answer, pending: Pending): Verdict {
  // RFC 6749: nothing more than once.
  const isRepeated = ["code", "state", "iss", "error"].some((name) => query.getAll(name).length > 1);
  const issuer = query.get("iss");
  const isNamed = issuer === null ? !pending.mustNameIssuer : issuer === pending.issuer;
  const isFromThere = path === pending.redirectPath && isNamed;
  if (isRepeated || !isFromThere || query.get("state") !== pending.state) {
    return { kind: "failed" };
  }
  if (query.has("error")) {
    return { kind: query.get("error") === "access_denied" ? "refused" : "failed" };
  }
  const code = query.get("code") ?? "";
  return code === "" || code.length > k_code_length_max ? { kind: "failed" } : { kind: "code", code };
}

export interface Exchange {
  issuer: string;
  code: string;
  code_verifier: string;
  redirect_uri: string;
  nonce: string;
}

export function exchangeOf(pending: Pending, code: string, origin: string): Exchange {
  return {
    issuer: pending.issuer,
    code,
    code_verifier: pending.verifier,
    redirect_uri: origin + pending.redirectPath,
    nonce: pending.nonce,
  };
}

// -- from the page that comes back to the one that votes ----------------------------------------------------------------

const handedOver = (election: string) => `ostraka.signed-in.${election}`;

export function handOver(storage: Storage | null, election: string, idToken: string): boolean {
  try {
    storage?.setItem(handedOver(election), idToken);
    return storage !== null;
  } catch {
    return false;
  }
}

export function takeHandedOver(storage: Storage | null, election: string): string | null {
  try {
    const idToken = storage?.getItem(handedOver(election)) ?? null;
    storage?.removeItem(handedOver(election));
    return idToken;
  } catch {
    return null;
  }
}

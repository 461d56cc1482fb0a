// What the gateway says, as types, and one way to ask it. The contract is api/openapi.yaml.

export interface Option {
  id: string;
  title: string;
  description?: string;
  undeclared?: boolean;
}

export type Method = "single" | "approval" | "ranked" | "score";

export interface Contest {
  id: string;
  title?: string;
  method: Method;
  min_choices: number;
  max_choices: number;
  max_score?: number;
  options: Option[];
}

export type State = "draft" | "scheduled" | "open" | "closed" | "certified";

export interface Election {
  id: string;
  title: string;
  description?: string;
  opens_at?: string;
  closes_at?: string;
  results: "live" | "after_close";
  state: State;
  contests: Contest[];
  eligibility?: { issuers?: string[]; claim?: string; unique_by?: "issuer" | "claim"; require_mfa?: boolean };
}

export interface Receipt {
  election: string;
  partition: number;
  offset: number;
  ballot_hash?: string;
}

export interface Issuer {
  issuer: string;
  client_id: string;
  kind: "oidc" | "development";
  title?: string;
  redirect_path?: string; // where it sends voters back to: its own, nobody else's
  authorization_endpoint?: string; // absent: no page can send anybody there now
  scope?: string;
  max_age?: number;
  mfa_acr_values?: string;
  iss_in_response?: boolean;
}

// By contest: the chosen options (ranked: in order of preference), or points by option.
export type Answer = string[] | Record<string, number>;
export type Ballot = Record<string, Answer>;

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  receipt?: Receipt;
  mistakes?: { pointer: string; detail: string }[];
}

export interface Reply<T> {
  status: number;
  retryAfterMs: number | null;
  body: T;
}

export type Fetch = (path: string, init: RequestInit) => Promise<Response>;

const k_timeout_ms = 15_000;

// Rejects when there is no answer: the network is broken, or it took too long. Whether the request arrived is then
// unknown.
export async function ask<T>(
  fetch: Fetch,
  method: "GET" | "POST" | "PATCH",
  path: string,
  options: { token?: string; body?: unknown } = {},
): Promise<Reply<T>> {
  const headers: Record<string, string> = {};
  if (options.token !== undefined) {
    headers["Authorization"] = `Bearer ${options.token}`;
  }
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), k_timeout_ms);
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: options.body === undefined ? null : JSON.stringify(options.body),
      signal: abort.signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
    });
    const retryAfter = Number(response.headers.get("Retry-After"));
    return {
      status: response.status,
      retryAfterMs: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter * 1000 : null,
      body: (await response.json()) as T,
    };
  } finally {
    clearTimeout(timer);
  }
}

export function electionPath(id: string): string {
  return `/v1/elections/${encodeURIComponent(id)}`;
}

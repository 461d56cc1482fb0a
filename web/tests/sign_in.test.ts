import assert from "node:assert/strict";
import { test } from "node:test";

import type { Issuer } from "../src/shared/api.ts";
import { begin, challengeOf, isReachable, judge, keepPending, nameOf, type Pending, type Purpose, requestUrl, takePending } from "../src/shared/sign_in.ts";
import { arrive, exchange } from "../src/sign_in/finishing.ts";
import { isSamePerson, signedIn } from "../src/vote/kept.ts";

const issuer: Issuer = {
  issuer: "https://accounts.example/",
  client_id: "ostraka",
  kind: "oidc",
  redirect_path: "/sign-in/0a1b",
  authorization_endpoint: "https://accounts.example/authorize?tenant=a",
};
const purpose: Purpose = { issuer: issuer.issuer, election: "song", returnTo: "/vote/song", needsMfa: false, somebodyElse: false };

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, text: string) => void kept.set(name, text),
    removeItem: (name: string) => void kept.delete(name),
  } as unknown as Storage;
}

const begun = (change: Partial<Purpose> = {}, now = 1000, of: Issuer = issuer): Pending => begin(of, { ...purpose, ...change }, crypto, now);
const answer = (fields: Record<string, string>, path = "/sign-in/0a1b") => ({ path, query: new URLSearchParams(fields) });

test("the challenge is that of RFC 7636, appendix B", async () => {
  assert.equal(
    await challengeOf("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", crypto.subtle),
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  );
});

test("a request carries what was made for it, and what the address has already stays", () => {
  const pending = begun();
  assert.match(pending.verifier, /^[\w-]{43}$/);
  assert.equal(new Set([pending.state, pending.nonce, pending.verifier]).size, 3);
  const manner = { origin: "https://vote.example", language: "de", challenge: "C" };
  assert.deepEqual(Object.fromEntries(new URL(requestUrl(issuer, pending, manner)).searchParams), {
    tenant: "a", response_type: "code", client_id: "ostraka", redirect_uri: "https://vote.example/sign-in/0a1b", scope: "openid",
    state: pending.state, nonce: pending.nonce, code_challenge: "C", code_challenge_method: "S256", ui_locales: "de",
  });
  const strict = { ...issuer, scope: "openid email", max_age: 60, mfa_acr_values: "mfa" };
  const asked = new URL(requestUrl(strict, begun({ needsMfa: true, somebodyElse: true }), manner)).searchParams;
  assert.deepEqual(["scope", "max_age", "acr_values", "prompt"].map((name) => asked.get(name)), ["openid email", "60", "mfa", "login"]);
  assert.equal(new URL(requestUrl(strict, begun(), manner)).searchParams.get("acr_values"), null);
});

test("a provider is called by its title, else by its host", () => {
  assert.equal(nameOf(issuer), "accounts.example");
  assert.equal(nameOf({ ...issuer, title: "Accounts" }), "Accounts");
});

test("what was begun is found once, for a quarter of an hour, and only a few are kept", () => {
  const kept = storage();
  const all = [1, 2, 3, 4, 5].map((n) => begun({}, n));
  all.forEach((pending) => assert.ok(keepPending(kept, pending)));
  const [first, second, third] = all as [Pending, Pending, Pending];
  assert.equal(takePending(kept, first.state, 10), null, "the oldest is forgotten");
  assert.deepEqual(takePending(kept, second.state, 10), second);
  assert.equal(takePending(kept, second.state, 10), null, "a replay");
  assert.equal(takePending(kept, third.state, third.begunAt + 15 * 60_000), null, "too late");
  assert.equal(keepPending(null, first), false);
});

test("an answer is believed only from where the voter was sent", () => {
  const pending = begun();
  const promised = begun({}, 1000, { ...issuer, iss_in_response: true });
  const code = { code: "c", state: pending.state };
  assert.deepEqual(judge(answer(code), pending), { kind: "code", code: "c" });
  assert.equal(judge(answer({ ...code, iss: issuer.issuer }), pending).kind, "code");
  assert.equal(judge(answer({ ...code, iss: "https://other.example/" }), pending).kind, "failed");
  assert.equal(judge(answer({ ...code, state: "other" }), pending).kind, "failed");
  assert.equal(judge(answer({ code: "c", state: promised.state }), promised).kind, "failed", "it must say whose it is");
  assert.equal(judge(answer({ error: "access_denied", state: pending.state }), pending).kind, "refused");
  assert.equal(judge(answer({ error: "server_error", state: pending.state }), pending).kind, "failed");
  assert.equal(judge({ ...answer(code), query: new URLSearchParams([...Object.entries(code), ["code", "d"]]) }, pending).kind, "failed");
});

test("an answer that comes by another provider's path, or by none, is not used, whatever it says and whoever says nothing", () => {
  const pending = begun();
  const code = { code: "c", state: pending.state };
  for (const path of ["/sign-in/ffff", "/sign-in", "/sign-in/", "/sign-in/0a1b/", "/sign-in/0A1B", ""]) {
    assert.equal(judge(answer(code, path), pending).kind, "failed", path);
    assert.equal(judge(answer({ ...code, iss: issuer.issuer }, path), pending).kind, "failed", path);
    assert.equal(judge(answer({ error: "access_denied", state: pending.state }, path), pending).kind, "failed", path);
  }
  const kept = storage();
  keepPending(kept, pending);
  assert.equal(arrive(answer(code, "/sign-in/ffff"), kept, null, 2000).kind, "failed");
  assert.equal(arrive(answer(code), kept, null, 2000).kind, "unknown", "it cannot be put right afterwards");
});

test("nobody is sent to a provider that has no path to send back to", () => {
  assert.ok(isReachable(issuer));
  for (const path of [undefined, "", "/sign-in", "/sign-in/", "/vote/song", "//elsewhere.example/sign-in/0a1b", "/sign-in/0a1b?x"]) {
    assert.ok(!isReachable({ ...issuer, redirect_path: path as string }), path);
  }
  const kept = storage();
  const older = { ...begun(), redirectPath: undefined as unknown as string };
  keepPending(kept, older);
  assert.equal(takePending(kept, older.state, 2000), null, "begun on a page from before");
});

test("an answer that nobody began is not used, and a reload does not use one again", () => {
  const kept = storage();
  const pending = begun();
  keepPending(kept, pending);
  assert.equal(arrive(answer({ code: "c", state: "other" }), kept, null, 2000).kind, "unknown");
  assert.equal(arrive(answer({ code: "c", state: pending.state }), kept, null, 2000).kind, "code");
  assert.equal(arrive(answer({ code: "c", state: pending.state }), kept, null, 2000).kind, "unknown");
  assert.equal(arrive(answer({}), kept, purpose, 2000).kind, "failed");
  assert.equal(arrive(answer({}), kept, { ...purpose, returnTo: "//elsewhere.example" }, 2000).kind, "unknown");
});

test("a code is sent once, whatever the answer", async () => {
  for (const [status, body, wanted] of [[200, { id_token: "t" }, "t"], [200, {}, null], [401, {}, null], [404, {}, null], [422, {}, null], [503, {}, null], [0, {}, null]] as const) {
    const sent: unknown[] = [];
    const pending = begun();
    const got = await exchange(
      async (_, init) => {
        sent.push(JSON.parse(init.body as string));
        if (status === 0) throw new TypeError("silence");
        return new Response(JSON.stringify(body), { status });
      },
      "https://vote.example", "c", pending,
    );
    assert.equal(got, wanted);
    assert.deepEqual(sent, [{ issuer: issuer.issuer, code: "c", code_verifier: pending.verifier, redirect_uri: "https://vote.example/sign-in/0a1b", nonce: pending.nonce }]);
  }
});

test("choices stay with the person who made them", () => {
  const token = (sub: string, n: number) => `h.${btoa(JSON.stringify({ iss: "i", sub, n }))}.s`;
  assert.ok(isSamePerson(token("a", 1), token("a", 2)) && !isSamePerson("?", "?"));
  const kept = { idToken: token("a", 1), step: "sending" as const, ballot: { song: ["a"] }, wasSent: true };
  assert.deepEqual(signedIn(kept, token("a", 2)), { ...kept, idToken: token("a", 2) });
  assert.deepEqual(signedIn(kept, token("b", 1)), { idToken: token("b", 1) });
  assert.deepEqual(signedIn({ somebodyElse: true }, token("b", 1)), { idToken: token("b", 1) });
});

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Fetch } from "../src/shared/api.ts";
import { castUntilKnown, pauseAfter, type World } from "../src/vote/casting.ts";

const k_receipt = { election: "song", partition: 1, offset: 7, ballot_hash: "00" };

type Answer = [status: number, body?: unknown, headers?: Record<string, string>] | "broken";

// A gateway that gives these answers, one after the other; remembers what it was asked.
function gateway(answers: Answer[]) {
  const asked: string[] = [];
  const pauses: number[] = [];
  const fetch: Fetch = async (path, init) => {
    const token = (init.headers as Record<string, string>)["Authorization"];
    asked.push(`${path.split("/").pop()} ${token} ${init.body ?? ""}`.trim());
    const answer = answers.shift();
    assert.ok(answer !== undefined, "asked once too often");
    if (answer === "broken") {
      throw new TypeError("the network is broken");
    }
    return new Response(JSON.stringify(answer[1] ?? {}), { status: answer[0], headers: answer[2] ?? {} });
  };
  const world: World = {
    fetch,
    pause: async (ms) => {
      pauses.push(ms);
    },
    random: () => 0,
  };
  return { world, asked, pauses };
}

const token = (n: number): Answer => [201, { ballot_token: `t${n}`, expires_at: "2026-01-01T00:00:00Z" }];
const cast = (world: World, failures: number[] = []) =>
  castUntilKnown(world, "song", { song: ["a"] }, { idToken: "i", ballotToken: null, wasSent: false }, (n) => failures.push(n));

test("a vote is sent with a ballot token of its own and gives a receipt", async () => {
  const { world, asked } = gateway([token(1), [201, { receipt: k_receipt }]]);
  assert.deepEqual(await cast(world), { kind: "counted", receipt: k_receipt });
  assert.deepEqual(asked, ["ballot-tokens Bearer i", 'votes Bearer t1 {"ballot":{"song":["a"]}}']);
});

test("while nothing is known the very same request is sent again, ever more slowly", async () => {
  const { world, asked, pauses } = gateway([
    "broken",
    token(1),
    "broken",
    [503, {}, { "Retry-After": "3" }],
    [429],
    [200, { receipt: k_receipt }],
  ]);
  const failures: number[] = [];
  assert.equal((await cast(world, failures)).kind, "counted", "it is this very vote whose answer was lost");
  assert.deepEqual(new Set(asked.slice(2)), new Set([asked[2]]));
  assert.deepEqual(failures, [1, 2, 3, 4]);
  assert.deepEqual(pauses, [500, 1000, 3000, 4000]);
});

test("a vote that counts already is a vote of before only if none was sent just now", async () => {
  assert.equal((await cast(gateway([token(1), [200, { receipt: k_receipt }]]).world)).kind, "counted before");
  assert.equal((await cast(gateway(["broken", token(1), [200, { receipt: k_receipt }]]).world)).kind, "counted before");
});

test("tokens that run out over a broken network do not end the sign-in", async () => {
  const outage: Answer[] = [1, 2, 3, 4].flatMap((n): Answer[] => [token(n), "broken", [401]]);
  assert.equal((await cast(gateway([...outage, token(5), [201, { receipt: k_receipt }]]).world)).kind, "counted");
});

test("a ballot token that ran out is replaced, also after hours of a broken network", async () => {
  const outage: Answer[] = [1, 2, 3, 4, 5].flatMap((n): Answer[] => [token(n), "broken", [503], [401]]);
  const { world } = gateway([...outage, token(6), [201, { receipt: k_receipt }]]);
  assert.equal((await cast(world)).kind, "counted");
});

test("ballot tokens that are never taken end with the sign-in", async () => {
  const { world } = gateway([token(1), [401], token(2), [401], token(3), [401]]);
  assert.deepEqual(await cast(world), { kind: "sign in again" });
});

test("each answer that settles it is told", async () => {
  const settled: [Answer[], string][] = [
    [[[401]], "sign in again"],
    [[[403]], "not eligible"],
    [[[404]], "unknown election"],
    [[[409]], "sealed"],
    [[token(1), [409, { receipt: k_receipt }]], "another counts"],
    [[token(1), [403]], "not open"],
    [[token(1), [404]], "unknown election"],
    [[token(1), [422, { mistakes: [{ pointer: "/ballot", detail: "too few" }] }]], "invalid"],
  ];
  for (const [answers, kind] of settled) {
    assert.equal((await cast(gateway(answers).world)).kind, kind);
  }
});

test("an answer that is no JSON is no answer", async () => {
  const html: Fetch = async () => new Response("<html>", { status: 200 });
  const { world, pauses } = gateway([token(1), [201, { receipt: k_receipt }]]);
  const good = world.fetch;
  let first = true;
  world.fetch = (path, init) => {
    const use = first ? html : good;
    first = false;
    return use(path, init);
  };
  assert.equal((await cast(world)).kind, "counted");
  assert.equal(pauses.length, 1);
});

test("pauses double up to a bound, are spread, and are never shorter than what was asked for", () => {
  assert.equal(pauseAfter(1, null, 0), 500);
  assert.equal(pauseAfter(20, null, 0), 8000);
  assert.equal(pauseAfter(20, null, 1), 12000);
  assert.equal(pauseAfter(1, 30_000, 0), 30_000);
  assert.equal(pauseAfter(1, 86_400_000, 0), 60_000);
});

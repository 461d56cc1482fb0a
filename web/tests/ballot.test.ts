import assert from "node:assert/strict";
import { test } from "node:test";

import type { Contest } from "../src/shared/api.ts";
import { mistake, moved, restored, scored, toggled, toSend } from "../src/vote/ballot.ts";

function contest(change: Partial<Contest>): Contest {
  const options = ["a", "b", "c"].map((id) => ({ id, title: id.toUpperCase() }));
  return { id: "c", method: "approval", min_choices: 1, max_choices: 2, options, ...change };
}

test("a single choice is replaced by the next one, and taken back only where none is allowed", () => {
  const one = contest({ method: "single", max_choices: 1 });
  assert.deepEqual(toggled(one, ["a"], "b"), ["b"]);
  assert.deepEqual(toggled(one, ["a"], "a"), ["a"]);
  assert.deepEqual(toggled({ ...one, min_choices: 0 }, ["a"], "a"), []);
});

test("no more is chosen than is allowed", () => {
  const two = contest({});
  assert.deepEqual(toggled(two, ["a", "b"], "c"), ["a", "b"]);
  assert.deepEqual(toggled(two, ["a", "b"], "a"), ["b"]);
  assert.deepEqual(mistake(two, ["a", "b", "c"]), { kind: "too many", allowed: 2 });
  assert.deepEqual(mistake(two, undefined), { kind: "too few", wanted: 1 });
  assert.equal(mistake(two, ["a"]), null);
});

test("an option moves to a place and the others keep their order", () => {
  assert.deepEqual(moved(["a", "b", "c"], "c", 0), ["c", "a", "b"]);
  assert.deepEqual(moved(["a", "b", "c"], "a", 1), ["b", "a", "c"]);
  assert.deepEqual(moved(["a", "b"], "c", 9), ["a", "b", "c"]);
  assert.deepEqual(moved(["a", "b"], "b", -1), ["b", "a"]);
});

test("points of none are no points, nought is", () => {
  assert.deepEqual(scored({ a: 1 }, "b", 0), { a: 1, b: 0 });
  assert.deepEqual(scored({ a: 1, b: 0 }, "b", null), { a: 1 });
});

test("the same choices make the same request, whatever the order they were made in", () => {
  const contests = [contest({ id: "x" }), contest({ id: "y", min_choices: 0 })];
  assert.equal(JSON.stringify(toSend(contests, { y: [], x: ["a"] })), '{"x":["a"]}');
  assert.equal(
    JSON.stringify(toSend(contests, { y: ["b"], x: ["a"] })),
    JSON.stringify(toSend(contests, { x: ["a"], y: ["b"] })),
  );
});

test("what was kept is taken only as far as it is a ballot of this election", () => {
  const contests = [contest({ id: "x" }), contest({ id: "s", method: "score", max_score: 5, max_choices: 3 })];
  const kept = { x: ["a", "a", "gone", "b", "c"], s: { a: 5, b: 6, c: 1.5, gone: 1 }, other: ["a"] };
  assert.deepEqual(restored(contests, kept), { x: ["a", "b"], s: { a: 5 } });
  assert.deepEqual(restored(contests, "nonsense"), {});
  assert.deepEqual(restored(contests, { x: { a: 1 }, s: ["a"] }), {});
});

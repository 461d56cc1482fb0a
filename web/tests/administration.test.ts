import assert from "node:assert/strict";
import { test } from "node:test";

import { byRows, fromElection, fromLocal, mayVoteTwice, moveItem, newContest, newDraft, newOption, preview, toDefinition, toLocal, toPatch } from "../src/administration/draft.ts";
import { csv, csvCell, type Sample, withSample } from "../src/administration/export.ts";
import { Newest } from "../src/administration/newest.ts";
import { before, restored } from "../src/administration/seen.ts";
import type { Election } from "../src/shared/api.ts";

test("a cell that a spreadsheet would run is text", () => {
  for (const evil of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "|calc"]) {
    assert.equal(csvCell(evil)[1], "'", JSON.stringify(evil));
  }
  assert.equal(csvCell('say "hello", world'), '"say ""hello"", world"');
  assert.equal(csvCell("plain"), "plain");
  assert.equal(csvCell(-5), "-5");
  assert.equal(csv([["a", 1], ["b\nc", 2]]), 'a,1\r\n"b\nc",2\r\n');
});

test("turnout never falls, and old samples are thinned", () => {
  let samples: Sample[] = [];
  for (let i = 0; i < 5000; ++i) {
    samples = withSample(samples, { at: i, counted: i });
  }
  assert.ok(samples.length <= 400);
  assert.deepEqual([samples[0], samples[samples.length - 1]], [{ at: 0, counted: 0 }, { at: 4999, counted: 4999 }]);
  assert.equal(withSample(samples, { at: 6000, counted: 1 }), samples);
});

test("what was seen goes on after a reload, unless it is another election's", () => {
  const kept = [{ at: 1, counted: 1 }, { at: 2, counted: 5 }];
  assert.deepEqual(restored(JSON.parse(JSON.stringify(kept))), kept);
  for (const broken of [null, {}, "x", [null], [{ at: "1", counted: 1 }], [{ at: 1 }]]) {
    assert.deepEqual(restored(broken), []);
  }
  assert.equal(before(kept, { at: 3, counted: 5 }), kept);
  assert.deepEqual(before(kept, { at: 3, counted: 4 }), []);
  assert.deepEqual(before([], { at: 3, counted: 4 }), []);
});

test("an answer that is older than what is shown is none", () => {
  const newest = new Newest();
  const [first, second, third] = [newest.ask(), newest.ask(), newest.ask()];
  assert.ok(newest.take(second));
  assert.ok(!newest.take(first), "it was overtaken");
  newest.changed();
  assert.ok(!newest.take(third), "it may not know of the change");
  assert.ok(newest.take(newest.ask()));
});

test("what is left empty is left to the defaults, and taken away by a patch", () => {
  const draft = { ...newDraft(), title: " Songs " };
  const definition = toDefinition(draft) as Record<string, unknown>;
  assert.equal(definition["title"], "Songs");
  assert.ok(!("opens_at" in definition) && !("id" in definition) && !("description" in definition));
  const patch = toPatch(draft) as Record<string, unknown>;
  assert.deepEqual([patch["opens_at"], patch["closes_at"], patch["description"]], [null, null, null]);
});

test("an election that was read and saved again means the same", () => {
  const election: Election = {
    id: "e",
    title: "T",
    description: "D",
    results: "after_close",
    state: "draft",
    opens_at: "2026-01-01T20:00:30.000Z",
    contests: [
      { id: "c", title: "C", method: "score", min_choices: 0, max_choices: 1, max_score: 9, options: [{ id: "a", title: "A", undeclared: true }, { id: "b", title: "B", description: "x" }] },
    ],
    eligibility: { claim: "email", unique_by: "claim", require_mfa: true },
  };
  const { state: _, ...definition } = election;
  assert.deepEqual(toDefinition(fromElection(election)), definition);
});

test("as many choices as options is the default, and stays it when an option is added", () => {
  const options = ["a", "b", "c"].map((id) => ({ id, title: id }));
  const election: Election = { id: "e", title: "T", results: "live", state: "draft", contests: [{ id: "c", method: "approval", min_choices: 1, max_choices: 3, options }] };
  const draft = fromElection(election);
  draft.contests[0]?.options.push(newOption());
  const definition = toDefinition(draft) as { contests: object[] };
  assert.ok(!("max_choices" in (definition.contests[0] as object)));
  // A question for one that becomes one for several is not held to one.
  const single = fromElection({ ...election, contests: [{ id: "c", method: "single", min_choices: 1, max_choices: 1, options }] });
  const several = single.contests.map((contest) => ({ ...contest, method: "approval" as const }));
  assert.ok(!("max_choices" in ((toDefinition({ ...single, contests: several }) as { contests: object[] }).contests[0] as object)));
});

test("a title and a claim that were cleared are taken away by a patch", () => {
  const draft = { ...newDraft(), title: " ", claim: "" };
  const patch = toPatch(draft) as { title: unknown; eligibility: Record<string, unknown> };
  assert.deepEqual([patch.title, patch.eligibility["claim"]], [null, null]);
  assert.equal((toPatch({ ...draft, title: "T" }) as { title: unknown }).title, "T");
});

test("a mistake belongs to its row, wherever that is moved", () => {
  const draft = { ...newDraft(), contests: [newContest(), newContest()] };
  const [first, second] = draft.contests;
  const option = second?.options[1];
  const pointer = byRows(draft, "/contests/1/options/1/title");
  assert.equal(pointer, `/contests/row-${second?.key}/options/row-${option?.key}/title`);
  assert.equal(byRows({ ...draft, contests: moveItem(draft.contests, 1, 0) }, "/contests/0/options/1/title"), pointer);
  assert.equal(byRows(draft, "/contests/0/max_choices"), `/contests/row-${first?.key}/max_choices`);
  assert.equal(byRows(draft, "/contests/0/options"), `/contests/row-${first?.key}/options`);
  for (const other of ["/title", "/contests", "/contests/9/title", "/eligibility/claim", ""]) {
    assert.equal(byRows(draft, other), other);
  }
});

test("local times and back", () => {
  assert.equal(fromLocal(toLocal("2026-06-01T20:00:00.000Z")), "2026-06-01T20:00:00.000Z");
  assert.equal(fromLocal(""), undefined);
  assert.equal(fromLocal("nonsense"), undefined);
});

test("two providers without a common claim could let one person vote twice", () => {
  const draft = newDraft();
  assert.ok(!mayVoteTwice(draft, ["a"]));
  assert.ok(mayVoteTwice(draft, ["a", "b"]));
  assert.ok(!mayVoteTwice({ ...draft, issuers: ["a"] }, ["a", "b"]));
  assert.ok(!mayVoteTwice({ ...draft, uniqueBy: "claim" }, ["a", "b"]));
});

test("the preview is a ballot even while the form is not finished", () => {
  const [contest] = preview({ ...newDraft(), title: "" });
  assert.equal(contest?.max_choices, 1);
  assert.equal(contest?.options.length, 2);
});

test("rows move and stay within the list", () => {
  assert.deepEqual(moveItem(["a", "b", "c"], 2, 0), ["c", "a", "b"]);
  assert.deepEqual(moveItem(["a", "b"], 0, -1), ["a", "b"]);
});

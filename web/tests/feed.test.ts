import assert from "node:assert/strict";
import { test } from "node:test";

import { type Events, type Feed, ResultFeed, type World } from "../src/results/feed.ts";
import { coversAsMuch, type Result, sorted } from "../src/results/result.ts";

function result(counted: number, covers: Record<string, number>): Result {
  return {
    election: "song",
    state: "open",
    final: false,
    as_of: "2026-01-01T00:00:00.000Z",
    ballots: { counted, repeated: 0, held: 0 },
    covers,
    contests: [],
  };
}

// A gateway whose stream and clock the test moves.
class Scene {
  answers: (Result | number | "broken")[] = [];
  streams: (Events & { closed: boolean })[] = [];
  timers: { at: number; then: () => void }[] = [];
  now = 0;
  shown: Feed = { kind: "waiting" };
  asked = 0;

  world: World = {
    fetch: async () => {
      this.asked += 1;
      const answer = this.answers.shift() ?? "broken";
      if (answer === "broken") {
        throw new TypeError("broken");
      }
      return typeof answer === "number"
        ? new Response("{}", { status: answer })
        : new Response(JSON.stringify(answer), { status: 200 });
    },
    listen: (_, events) => {
      const stream = { ...events, closed: false };
      this.streams.push(stream);
      return () => {
        stream.closed = true;
      };
    },
    after: (ms, then) => {
      const timer = { at: this.now + ms, then };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter((other) => other !== timer);
      };
    },
    random: () => 0,
  };
  feed = new ResultFeed(this.world, "song", (feed) => {
    this.shown = feed;
  });

  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // One timer after the other, as they are due.
  async elapse(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const next = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) {
        break;
      }
      this.now = next.at;
      this.timers = this.timers.filter((timer) => timer !== next);
      next.then();
      await this.settle();
    }
    this.now = end;
  }
  counted(): number {
    assert.equal(this.shown.kind, "result");
    return this.shown.kind === "result" ? this.shown.result.ballots.counted : -1;
  }
}

test("a document that covers less in any partition is dropped", () => {
  assert.ok(coversAsMuch(result(1, { 0: 5, 1: 5 }), null));
  assert.ok(coversAsMuch(result(1, { 0: 5, 1: 6 }), result(1, { 0: 5, 1: 5 })));
  assert.ok(!coversAsMuch(result(1, { 0: 9, 1: 4 }), result(1, { 0: 5, 1: 5 })));
  assert.ok(!coversAsMuch(result(1, {}), result(1, { 0: 5 })));
});

test("what the stream says is shown, and never goes back", async () => {
  const scene = new Scene();
  scene.answers = [result(1, { 0: 1 })];
  scene.feed.start();
  await scene.settle();
  scene.streams[0]?.onResult(JSON.stringify(result(5, { 0: 5 })));
  assert.equal(scene.counted(), 5);
  scene.streams[0]?.onResult(JSON.stringify(result(3, { 0: 3 })));
  assert.equal(scene.counted(), 5);
});

test("without a stream it asks every two seconds, and opens another one by and by", async () => {
  const scene = new Scene();
  scene.answers = [result(1, { 0: 1 }), result(2, { 0: 2 }), "broken", result(3, { 0: 3 })];
  scene.feed.start();
  await scene.settle();
  scene.streams[0]?.onBroken();
  await scene.settle();
  assert.ok(scene.streams[0]?.closed);
  assert.equal(scene.counted(), 2);
  await scene.elapse(4_500);
  assert.equal(scene.counted(), 3);
  await scene.elapse(6_000);
  assert.equal(scene.streams.length, 2);
  const asked = scene.asked;
  await scene.elapse(15_000);
  assert.equal(scene.asked, asked, "it asks although there is a stream");
});

test("a stream that has gone silent unnoticed is found out and opened again", async () => {
  const scene = new Scene();
  scene.answers = [result(1, { 0: 1 }), result(1, { 0: 1 }), result(5, { 0: 5 }), ...Array.from({ length: 9 }, () => result(5, { 0: 5 }))];
  scene.feed.start();
  await scene.settle();
  scene.streams[0]?.onResult(JSON.stringify(result(1, { 0: 1 })));
  await scene.elapse(61_000);
  assert.equal(scene.streams.length, 1, "nothing new: it may just have nothing to say");
  await scene.elapse(31_000);
  assert.equal(scene.counted(), 5);
  await scene.elapse(11_000);
  assert.equal(scene.streams.length, 2);
});

test("a stream that breaks while the first question is on its way does not make it ask twice as often", async () => {
  const scene = new Scene();
  scene.answers = [result(1, { 0: 1 }), ...Array.from({ length: 20 }, () => result(1, { 0: 1 }))];
  scene.feed.start();
  scene.streams[0]?.onBroken();
  await scene.settle();
  const asked = scene.asked;
  await scene.elapse(8_500);
  assert.equal(scene.asked - asked, 4);
});

test("what has not been heard for a while is said to be old, and still shown", async () => {
  const scene = new Scene();
  scene.answers = [result(7, { 0: 7 }), "broken"];
  scene.feed.start();
  await scene.settle();
  scene.streams[0]?.onBroken();
  await scene.settle();
  assert.deepEqual(scene.shown.kind === "result" && [scene.shown.isFresh, scene.counted()], [false, 7]);
});

test("hidden and unknown are told apart", async () => {
  for (const [status, kind] of [
    [403, "hidden"],
    [404, "unknown"],
  ] as const) {
    const scene = new Scene();
    scene.answers = [status];
    scene.feed.start();
    await scene.settle();
    assert.equal(scene.shown.kind, kind);
  }
});

test("after it was stopped nothing more is asked", async () => {
  const scene = new Scene();
  scene.answers = [result(1, { 0: 1 })];
  scene.feed.start();
  await scene.settle();
  scene.streams[0]?.onBroken();
  await scene.settle();
  const asked = scene.asked;
  scene.feed.stop();
  await scene.elapse(60_000);
  assert.equal(scene.asked, asked);
});

test("the most votes come first, equals as they were defined", () => {
  const options = [1, 3, 3].map((votes, i) => ({ id: `o${i}`, title: "", votes, share: 0 }));
  const contest = { id: "c", method: "single" as const, winners: [], options };
  assert.deepEqual(sorted(contest).map((option) => option.id), ["o1", "o2", "o0"]);
});

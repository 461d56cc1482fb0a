// Keeps the newest result: by server-sent events, and by asking when those cannot be had. Recovers by itself, and never
// goes back to a document that covers less.
import { type Fetch, ask, electionPath } from "../shared/api.ts";
import { coversAsMuch, type Result } from "./result.ts";

export type Feed =
  | { kind: "waiting" } // nothing heard yet
  | { kind: "result"; result: Result; isFresh: boolean } // not fresh: nothing was heard for a while
  | { kind: "hidden" } // until voting has ended
  | { kind: "unknown" }; // no such election

export interface Events {
  onResult(document: string): void;
  onBroken(): void;
}

export interface World {
  fetch: Fetch;
  // Opens a stream of results; the returned function closes it.
  listen(path: string, events: Events): () => void;
  after(ms: number, then: () => void): () => void;
  random(): number;
}

const k_poll_ms = 2_000;
const k_listen_again_ms = 10_000;
const k_silence_ms = 30_000; // a stream that says nothing may have nothing to say, or be broken unnoticed

export class ResultFeed {
  private shown: Result | null = null;
  private closeStream: (() => void) | null = null;
  private timers: (() => void)[] = [];
  private stopped = false;
  private heard = false; // from the stream, since it was last looked after
  private polling = false; // one question at a time, and one timer for the next

  constructor(
    private readonly world: World,
    private readonly election: string,
    private readonly onChange: (feed: Feed) => void,
  ) {}

  start(): void {
    this.listen();
    void this.poll(); // the first document without waiting for the stream
    this.watch();
  }

  stop(): void {
    this.stopped = true;
    this.closeStream?.();
    this.timers.forEach((cancel) => cancel());
  }

  private listen(): void {
    if (this.stopped) {
      return;
    }
    this.closeStream = this.world.listen(`${electionPath(this.election)}/results/stream`, {
      onResult: (document) => {
        this.heard = true;
        this.take(JSON.parse(document) as Result);
      },
      onBroken: () => this.onBroken(),
    });
  }

  private onBroken(): void {
    this.closeStream?.();
    this.closeStream = null;
    this.later(k_listen_again_ms, () => this.closeStream === null && this.listen());
    void this.poll();
  }

  // Asks beside a silent stream: whoever learns something newer that way, or nothing at all, has a broken one.
  private watch(): void {
    this.later(k_silence_ms, () => {
      if (this.stopped) {
        return;
      }
      this.watch();
      if (this.closeStream !== null && !this.heard) {
        const before = this.shown;
        void this.poll().then((wasAnswered) => {
          const isNewer = before !== null && this.shown !== null && !coversAsMuch(before, this.shown);
          if (this.closeStream !== null && !this.heard && (!wasAnswered || isNewer)) {
            this.onBroken();
          }
        });
      }
      this.heard = false;
    });
  }

  private later(ms: number, then: () => void): void {
    this.timers.push(this.world.after(ms * (1 + this.world.random() / 2), then));
    this.timers = this.timers.slice(-16); // of the older ones each has long gone off
  }

  private take(result: Result): void {
    if (coversAsMuch(result, this.shown)) {
      this.shown = result;
    }
    this.onChange({ kind: "result", result: this.shown as Result, isFresh: true });
  }

  // Once; again and again while there is no stream.
  // False when there was no answer.
  private async poll(): Promise<boolean> {
    if (this.polling) {
      return true;
    }
    this.polling = true;
    let wasAnswered = true;
    try {
      const reply = await ask<Result>(this.world.fetch, "GET", `${electionPath(this.election)}/results`);
      if (this.stopped) {
        this.polling = false;
        return true;
      }
      if (reply.status === 200) {
        this.take(reply.body);
      } else if (reply.status === 403) {
        this.onChange({ kind: "hidden" });
      } else if (reply.status === 404) {
        this.onChange({ kind: "unknown" });
      } else {
        wasAnswered = false;
        this.miss();
      }
    } catch {
      wasAnswered = false;
      this.miss();
    }
    if (this.closeStream !== null || this.stopped) {
      this.polling = false;
      return wasAnswered;
    }
    this.later(k_poll_ms, () => {
      this.polling = false;
      if (this.closeStream === null) {
        void this.poll();
      }
    });
    return wasAnswered;
  }

  private miss(): void {
    if (!this.stopped && this.shown !== null) {
      this.onChange({ kind: "result", result: this.shown, isFresh: false });
    }
  }
}

export const browser: World = {
  fetch: (path, init) => fetch(path, init),
  listen: (path, events) => {
    const source = new EventSource(path);
    source.addEventListener("results", (event) => events.onResult((event as MessageEvent<string>).data));
    source.onerror = () => events.onBroken();
    return () => source.close();
  },
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

// Why the service did not do what it was asked, in the reader's words.
import type { Translator } from "../shared/i18n.ts";
import type { Trouble } from "../shared/trouble.tsx";
import type { Answered } from "./api.ts";

// REQUIRES: it was not done.
export function troubleOf(t: Translator, answer: Answered): Trouble {
  if (answer === null || answer.status >= 500) {
    return { text: t.text("no answer") };
  }
  if (answer.status === 401) {
    return { text: t.text("token refused") };
  }
  const { type, title, detail, mistakes } = answer.body;
  const key = `problem ${String(type).replace("/problems/", "")}`;
  return { text: t.text(t.has(key) ? key : "problem other"), detail: mistakes?.[0]?.detail ?? detail ?? title };
}

// What a mistake in this field means, with the service's own words.
export function troubleAt(t: Translator, pointer: string, detail: string): Trouble {
  const key = `mistake ${pointer.slice(pointer.lastIndexOf("/") + 1)}`;
  return { text: t.text(t.has(key) ? key : "mistake other"), detail };
}

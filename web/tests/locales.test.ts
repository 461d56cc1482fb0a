import assert from "node:assert/strict";
import { test } from "node:test";

import { backwards, locales, type Messages, offered, pick, Translator } from "../src/shared/i18n.ts";
import { texts as administration } from "../src/administration/texts.ts";
import { texts as index } from "../src/index/texts.ts";
import { texts as results } from "../src/results/texts.ts";
import { texts as sign_in } from "../src/sign_in/texts.ts";
import { texts as vote } from "../src/vote/texts.ts";

const pages = { administration, index, results, sign_in, vote };

function places(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] as string).sort();
}

test("every language has every text, every plural form of its own, and the same places to fill", async () => {
  for (const [page, texts] of Object.entries(pages)) {
    assert.deepEqual(Object.keys(texts).sort(), offered.map((locale) => locale.tag).sort());
    const english = (await texts["en"]?.())?.default as Messages;
    for (const [tag, load] of Object.entries(texts)) {
      const messages = (await load()).default;
      assert.deepEqual(Object.keys(messages).sort(), Object.keys(english).sort(), `${page} ${tag}`);
      const forms = new Intl.PluralRules(tag).resolvedOptions().pluralCategories.sort();
      for (const [key, text] of Object.entries(messages)) {
        const where = `${page} ${tag}: ${key}`;
        const model = english[key] as Messages[string];
        assert.equal(typeof text, typeof model, where);
        if (typeof text === "string") {
          assert.deepEqual(places(text), places(model as string), where);
        } else {
          assert.deepEqual(Object.keys(text).sort(), forms, where);
          assert.deepEqual(places(text.other ?? ""), places((model as { other: string }).other), where);
          // A form for one may say it in words.
          assert.ok(Object.values(text).every((form) => places(form).every((name) => places(text.other ?? "").includes(name))), where);
        }
      }
    }
  }
});

test("the language is what was asked for, else what was chosen before, else the browser's, else English", () => {
  assert.equal(pick("de", "en", ["fr"]).tag, "de");
  assert.equal(pick(null, "de", ["en"]).tag, "de");
  assert.equal(pick(null, null, ["fr-CH", "de-AT", "en"]).tag, "de");
  assert.equal(pick("xx", null, ["fr"]).tag, "en");
  assert.equal(pick("en-XB", null, []).direction, "rtl");
});

test("plural forms and numbers are those of the language", async () => {
  const t = new Translator(locales[1] as (typeof locales)[0], (await vote["de"]?.())?.default as Messages);
  assert.equal(t.text("rule approval", { n: 1 }), "Wählen Sie 1 Möglichkeit.");
  assert.equal(t.text("rule approval", { n: 1200 }), "Wählen Sie bis zu 1.200 Möglichkeiten.");
  assert.equal(t.text("there is no such text"), "there is no such text");
});

test("a title that runs the other way stands apart from the text around it", async () => {
  const messages = (await results["en"]?.())?.default as Messages;
  const [english, , pseudo] = locales.map((locale) => new Translator(locale, messages));
  assert.equal(english?.text("result of", { title: "Songs" }), "Result: Songs");
  assert.equal(english?.text("result of", { title: "שירים" }), "Result: \u2068שירים\u2069");
  assert.equal(pseudo?.text("result of", { title: "Songs" }), "Result: \u2068Songs\u2069");
});

test("the pseudo-locale keeps what is to be filled in", async () => {
  const english = (await vote["en"]?.())?.default as Messages;
  const turned = backwards(english);
  assert.deepEqual(Object.keys(turned), Object.keys(english));
  assert.match(turned["closes at"] as string, /\{time\}/);
});

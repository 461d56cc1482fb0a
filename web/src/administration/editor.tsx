// The form of a draft, with the ballot beside it as voters will see it.
import { useState } from "preact/hooks";

import type { Issuer } from "../shared/api.ts";
import { Focus, useFocus } from "../shared/focus.ts";
import { type Trouble, TroubleText } from "../shared/trouble.tsx";
import { Heading, useText } from "../shared/ui.tsx";
import type { Answered } from "./api.ts";
import { ContestFields, replaced } from "./contest_fields.tsx";
import { byRows, type Draft, moveItem, newContest } from "./draft.ts";
import { Eligibility } from "./eligibility.tsx";
import { Field, idOf, Mistakes } from "./fields.tsx";
import { Preview } from "./preview.tsx";
import { troubleOf } from "./trouble.ts";

export function Editor(props: {
  draft: Draft;
  isNew: boolean;
  issuers: Issuer[];
  onSave: (draft: Draft) => Promise<Answered>;
  onLeave: () => void;
}) {
  const t = useText();
  const [draft, setDraft] = useState(props.draft);
  const [mistakes, setMistakes] = useState(new Map<string, string>());
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  const [root, keepFocus] = useFocus<HTMLFormElement>();
  const change = (some: Partial<Draft>) => setDraft({ ...draft, ...some });
  const fieldOf = (pointer: string) => document.getElementById(idOf(pointer));

  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await props.onSave(draft);
    setBusy(false);
    if (answer !== null && answer.status < 300) {
      return;
    }
    const found = (answer?.body.mistakes ?? []).map(({ pointer, detail }) => ({ pointer: byRows(draft, pointer), raw: pointer, detail }));
    const elsewhere = found.filter(({ pointer }) => fieldOf(pointer) === null).map(({ raw, detail }) => `${raw}: ${detail}`);
    setMistakes(new Map(found.map(({ pointer, detail }) => [pointer, detail])));
    setTrouble(
      found.length > 0 ? { text: t.text("mistakes", { n: found.length }), detail: elsewhere.join(" ") } : troubleOf(t, answer),
    );
    found.map(({ pointer }) => fieldOf(pointer)).find((field) => field !== null)?.focus();
  };
  const removeContest = (at: number) => {
    const others = draft.contests.filter((_, other) => other !== at);
    keepFocus([`remove ${others[Math.min(at, others.length - 1)]?.key}`, "add question"]);
    change({ contests: others });
  };

  return (
    <Focus.Provider value={keepFocus}>
      <Mistakes.Provider value={mistakes}>
        <Heading>{t.text(props.isNew ? "new election" : "edit election")}</Heading>
        <div class="beside">
          <form ref={root} onSubmit={save} noValidate>
            <Field pointer="/title" label={t.text("title")} value={draft.title} onValue={(title) => change({ title })} />
            {props.isNew && <Field pointer="/id" label={t.text("id")} more={t.text("id advice")} value={draft.id} onValue={(id) => change({ id })} />}
            <Field long pointer="/description" label={t.text("description")} value={draft.description} onValue={(description) => change({ description })} />
            <div class="row">
              <Field type="datetime-local" pointer="/opens_at" label={t.text("opens")} more={t.text("by command")} value={draft.opensAt} onValue={(opensAt) => change({ opensAt })} />
              <Field type="datetime-local" pointer="/closes_at" label={t.text("closes")} more={t.text("by command")} value={draft.closesAt} onValue={(closesAt) => change({ closesAt })} />
            </div>
            <label class="check">
              <input type="checkbox" checked={draft.results === "after_close"} onChange={(event) => change({ results: event.currentTarget.checked ? "after_close" : "live" })} />
              <span>{t.text("hide results")}</span>
            </label>
            {draft.contests.map((contest, at) => (
              <ContestFields
                key={contest.key}
                contest={contest}
                at={at}
                of={draft.contests.length}
                onChange={(some) => change({ contests: replaced(draft.contests, at, some) })}
                onMove={(to) => change({ contests: moveItem(draft.contests, at, to) })}
                onRemove={() => removeContest(at)}
              />
            ))}
            <button type="button" data-control="add question" onClick={() => change({ contests: [...draft.contests, newContest()] })}>
              {t.text("add question")}
            </button>
            <Eligibility draft={draft} issuers={props.issuers} onChange={change} />
            <p class="problem" role="alert">
              {trouble !== null && <TroubleText trouble={trouble} />}
            </p>
            <p class="buttons">
              <button type="submit" class="main" disabled={busy}>
                {t.text("save draft")}
              </button>
              <button type="button" onClick={props.onLeave}>
                {t.text("back")}
              </button>
            </p>
          </form>
          <Preview draft={draft} />
        </div>
      </Mistakes.Provider>
    </Focus.Provider>
  );
}

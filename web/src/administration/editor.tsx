// The form of a draft, with the ballot beside it as voters will see it.
import { createContext } from "preact";
import { useContext, useMemo, useState } from "preact/hooks";

import type { Ballot, Issuer, Method } from "../shared/api.ts";
import { Heading, useText } from "../shared/ui.tsx";
import { ContestForm } from "../vote/contest.tsx";
import type { Answered } from "./api.ts";
import { type Draft, type DraftContest, mayVoteTwice, moveItem, newContest, newOption, preview } from "./draft.ts";

// JSON pointer -> what is wrong there.
const Mistakes = createContext<Map<string, string>>(new Map());

const idOf = (pointer: string) => `field${pointer.replace(/\//g, "-")}`;

interface FieldProps {
  pointer: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
  type?: "text" | "number" | "datetime-local";
  long?: boolean;
  more?: string;
}

function Field(props: FieldProps) {
  const problem = useContext(Mistakes).get(props.pointer) ?? null;
  const id = idOf(props.pointer);
  const common = {
    id,
    value: props.value,
    "aria-invalid": problem !== null,
    "aria-describedby": `${id}-problem`,
    onInput: (event: Event) => props.onValue((event.currentTarget as HTMLInputElement).value),
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.long === true ? <textarea rows={3} {...common} /> : <Input type={props.type ?? "text"} field={common} />}
      {props.more !== undefined && <span class="more">{props.more}</span>}
      <span class="problem" id={`${id}-problem`}>
        {problem}
      </span>
    </div>
  );
}

function Input({ type, field }: { type: "text" | "number" | "datetime-local"; field: object }) {
  switch (type) {
    case "text":
      return <input type="text" {...field} />;
    case "number":
      return <input type="number" inputMode="numeric" {...field} />;
    case "datetime-local":
      return <input type="datetime-local" step={1} {...field} />;
  }
}

function Moves(props: { name: string; at: number; of: number; onMove: (to: number) => void; onRemove: () => void }) {
  const t = useText();
  return (
    <span class="moves">
      <button type="button" disabled={props.at === 0} aria-label={t.text("up", { option: props.name })} onClick={() => props.onMove(props.at - 1)}>
        ↑
      </button>
      <button
        type="button"
        disabled={props.at === props.of - 1}
        aria-label={t.text("down", { option: props.name })}
        onClick={() => props.onMove(props.at + 1)}
      >
        ↓
      </button>
      <button type="button" disabled={props.of === 1} aria-label={t.text("remove", { name: props.name })} onClick={props.onRemove}>
        ✕
      </button>
    </span>
  );
}

function replaced<T>(items: T[], at: number, change: Partial<T>): T[] {
  return items.map((item, other) => (other === at ? { ...item, ...change } : item));
}

function ContestFields(props: { contest: DraftContest; at: number; of: number; onChange: (change: Partial<DraftContest>) => void; onMove: (to: number) => void; onRemove: () => void }) {
  const t = useText();
  const { contest, at } = props;
  const here = `/contests/${at}`;
  const name = t.text("question n", { n: at + 1 });
  const methods: Method[] = ["single", "approval", "ranked", "score"];
  return (
    <fieldset class="raised">
      <legend>{name}</legend>
      <Moves name={name} at={at} of={props.of} onMove={props.onMove} onRemove={props.onRemove} />
      <Field pointer={`${here}/title`} label={t.text("question title")} value={contest.title} onValue={(title) => props.onChange({ title })} />
      <div class="field">
        <label for={idOf(`${here}/method`)}>{t.text("method")}</label>
        <select id={idOf(`${here}/method`)} value={contest.method} onChange={(event) => props.onChange({ method: event.currentTarget.value as Method })}>
          {methods.map((method) => (
            <option key={method} value={method}>
              {t.text(`method ${method}`)}
            </option>
          ))}
        </select>
      </div>
      <div class="row">
        <Field type="number" pointer={`${here}/min_choices`} label={t.text("least choices")} value={contest.min} onValue={(min) => props.onChange({ min })} />
        {contest.method !== "single" && (
          <Field type="number" pointer={`${here}/max_choices`} label={t.text("most choices")} value={contest.max} onValue={(max) => props.onChange({ max })} />
        )}
        {contest.method === "score" && (
          <Field type="number" pointer={`${here}/max_score`} label={t.text("most points")} value={contest.maxScore} onValue={(maxScore) => props.onChange({ maxScore })} />
        )}
      </div>
      <h2>{t.text("options")}</h2>
      <ol class="rows">
        {contest.options.map((option, number) => {
          const place = `${here}/options/${number}`;
          const optionName = t.text("option n", { n: number + 1 });
          return (
            <li key={option.key}>
              <div class="row">
                <Field
                  pointer={`${place}/title`}
                  label={`${name}, ${optionName}`}
                  value={option.title}
                  onValue={(title) => props.onChange({ options: replaced(contest.options, number, { title }) })}
                />
                <Field
                  pointer={`${place}/description`}
                  label={t.text("description of", { name: optionName })}
                  value={option.description}
                  onValue={(description) => props.onChange({ options: replaced(contest.options, number, { description }) })}
                />
                <Moves
                  name={optionName}
                  at={number}
                  of={contest.options.length}
                  onMove={(to) => props.onChange({ options: moveItem(contest.options, number, to) })}
                  onRemove={() => props.onChange({ options: contest.options.filter((_, other) => other !== number) })}
                />
              </div>
            </li>
          );
        })}
      </ol>
      <button type="button" onClick={() => props.onChange({ options: [...contest.options, newOption()] })}>
        {t.text("add option")}
      </button>
    </fieldset>
  );
}

function Eligibility({ draft, issuers, onChange }: { draft: Draft; issuers: Issuer[]; onChange: (change: Partial<Draft>) => void }) {
  const t = useText();
  const configured = issuers.map((issuer) => issuer.issuer);
  const toggle = (issuer: string) =>
    onChange({
      issuers: draft.issuers.includes(issuer) ? draft.issuers.filter((other) => other !== issuer) : [...draft.issuers, issuer],
    });
  return (
    <fieldset class="raised">
      <legend>{t.text("who may vote")}</legend>
      <p class="more">{t.text("every issuer unless")}</p>
      {configured.map((issuer) => (
        <label key={issuer} class="check">
          <input type="checkbox" checked={draft.issuers.includes(issuer)} onChange={() => toggle(issuer)} />
          <span>{issuer}</span>
        </label>
      ))}
      <Field pointer="/eligibility/claim" label={t.text("claim")} value={draft.claim} onValue={(claim) => onChange({ claim })} />
      <label class="check">
        <input type="checkbox" checked={draft.uniqueBy === "claim"} onChange={(event) => onChange({ uniqueBy: event.currentTarget.checked ? "claim" : "issuer" })} />
        <span>{t.text("unique by claim")}</span>
      </label>
      <label class="check">
        <input type="checkbox" checked={draft.requireMfa} onChange={(event) => onChange({ requireMfa: event.currentTarget.checked })} />
        <span>{t.text("require mfa")}</span>
      </label>
      {mayVoteTwice(draft, configured) && (
        <p class="problem" role="status">
          {t.text("could vote twice")}
        </p>
      )}
    </fieldset>
  );
}

function Preview({ draft }: { draft: Draft }) {
  const t = useText();
  const [ballot, setBallot] = useState<Ballot>({});
  const contests = useMemo(() => preview(draft), [draft]);
  return (
    <section class="preview" aria-label={t.text("preview")}>
      <h2>{t.text("preview")}</h2>
      <p class="more">{t.text("preview advice")}</p>
      <h3>{draft.title === "" ? "…" : draft.title}</h3>
      {draft.description !== "" && <p>{draft.description}</p>}
      {contests.map((contest) => (
        <ContestForm
          key={`${contest.id} ${contest.method}`}
          contest={contest}
          answer={ballot[contest.id]}
          problem={null}
          onAnswer={(answer) => setBallot({ ...ballot, [contest.id]: answer })}
        />
      ))}
    </section>
  );
}

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
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (some: Partial<Draft>) => setDraft({ ...draft, ...some });
  const shown = (pointer: string) => document.getElementById(idOf(pointer)) !== null;

  const save = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const answer = await props.onSave(draft);
    setBusy(false);
    if (answer !== null && answer.status < 300) {
      return;
    }
    const found = answer?.body.mistakes ?? [];
    setMistakes(new Map(found.map((mistake) => [mistake.pointer, mistake.detail])));
    const others = found.filter((mistake) => !shown(mistake.pointer)).map((mistake) => `${mistake.pointer}: ${mistake.detail}`);
    setProblem(
      answer === null || answer.status >= 500
        ? t.text("no answer")
        : answer.status === 401
          ? t.text("token refused")
          : found.length > 0
            ? [t.text("mistakes", { n: found.length }), ...others].join(" ")
            : (answer.body.detail ?? answer.body.title),
    );
    const first = found.map((mistake) => document.getElementById(idOf(mistake.pointer))).find((field) => field !== null);
    first?.focus();
  };

  return (
    <Mistakes.Provider value={mistakes}>
      <Heading>{t.text(props.isNew ? "new election" : "edit election")}</Heading>
      <div class="beside">
        <form onSubmit={save} noValidate>
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
              onRemove={() => change({ contests: draft.contests.filter((_, other) => other !== at) })}
            />
          ))}
          <button type="button" onClick={() => change({ contests: [...draft.contests, newContest()] })}>
            {t.text("add question")}
          </button>
          <Eligibility draft={draft} issuers={props.issuers} onChange={change} />
          <p class="problem" role="alert">
            {problem}
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
  );
}

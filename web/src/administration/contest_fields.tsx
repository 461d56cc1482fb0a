// One question of a draft.
import { useContext } from "preact/hooks";

import type { Method } from "../shared/api.ts";
import { Focus } from "../shared/focus.ts";
import { useText } from "../shared/ui.tsx";
import { type DraftContest, moveItem, newOption, rowPointer } from "./draft.ts";
import { Field, idOf, Moves } from "./fields.tsx";

// The items with one of them changed.
export function replaced<T>(items: T[], at: number, change: Partial<T>): T[] {
  return items.map((item, other) => (other === at ? { ...item, ...change } : item));
}

interface Props {
  contest: DraftContest;
  at: number;
  of: number;
  onChange: (change: Partial<DraftContest>) => void;
  onMove: (to: number) => void;
  onRemove: () => void;
}

export function ContestFields(props: Props) {
  const t = useText();
  const { contest, at } = props;
  const keepFocus = useContext(Focus);
  const here = rowPointer("/contests", contest);
  const name = t.text("question n", { n: at + 1 });
  const remove = (number: number) => {
    const others = contest.options.filter((_, other) => other !== number);
    const next = others[Math.min(number, others.length - 1)]?.key;
    keepFocus([`remove ${next}`, `add ${contest.key}`]);
    props.onChange({ options: others });
  };
  const methods: Method[] = ["single", "approval", "ranked", "score"];
  return (
    <fieldset class="raised">
      <legend>{name}</legend>
      <Moves name={name} row={contest.key} at={at} of={props.of} onMove={props.onMove} onRemove={props.onRemove} />
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
          const place = rowPointer(`${here}/options`, option);
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
                  row={option.key}
                  at={number}
                  of={contest.options.length}
                  onMove={(to) => props.onChange({ options: moveItem(contest.options, number, to) })}
                  onRemove={() => remove(number)}
                />
              </div>
            </li>
          );
        })}
      </ol>
      <button type="button" data-control={`add ${contest.key}`} onClick={() => props.onChange({ options: [...contest.options, newOption()] })}>
        {t.text("add option")}
      </button>
    </fieldset>
  );
}

// One question of the ballot, by each of the four methods.
import { useState } from "preact/hooks";

import type { Answer, Contest } from "../shared/api.ts";
import type { Translator } from "../shared/i18n.ts";
import { useText } from "../shared/ui.tsx";
import { chosen, isFull, scored, toggled } from "./ballot.ts";
import { RankedOrder } from "./ranked.tsx";

export function rules(t: Translator, contest: Contest): string {
  const most = contest.max_choices;
  const all = most >= contest.options.length;
  const parts: string[] = [];
  if (contest.method === "single") {
    return t.text(contest.min_choices === 0 ? "rule single free" : "rule single");
  }
  if (contest.method === "approval") {
    parts.push(all ? t.text("rule approval all") : t.text("rule approval", { n: most }));
  } else if (contest.method === "ranked") {
    parts.push(t.text("rule ranked", { n: most }));
  } else {
    parts.push(t.text("rule score", { max: contest.max_score ?? 0 }));
  }
  if (contest.min_choices > 1) {
    parts.push(t.text("rule least", { n: contest.min_choices }));
  } else if (contest.min_choices === 0) {
    parts.push(t.text("rule free"));
  }
  return parts.join(" ");
}

interface ContestProps {
  contest: Contest;
  answer: Answer | undefined;
  problem: string | null;
  onAnswer: (answer: Answer) => void;
}

export function ContestForm(props: ContestProps) {
  const t = useText();
  const { contest } = props;
  const form =
    contest.method === "ranked" ? <RankedOrder {...props} /> : contest.method === "score" ? <Scores {...props} /> : <Choices {...props} />;
  return (
    <fieldset aria-describedby={`rules-${contest.id}`}>
      <legend>
        <bdi>{contest.title ?? contest.id}</bdi>
      </legend>
      <p class="rules" id={`rules-${contest.id}`}>
        {rules(t, contest)}
      </p>
      {form}
      {props.problem !== null && (
        <p class="problem" role="alert">
          {props.problem}
        </p>
      )}
    </fieldset>
  );
}

function Choices({ contest, answer, onAnswer }: ContestProps) {
  const t = useText();
  const picked = chosen(answer);
  const full = contest.method === "approval" && isFull(contest, answer) && picked.length < contest.options.length;
  // A single choice that may be left empty has boxes: a radio button cannot be taken back.
  const type = contest.method === "single" && contest.min_choices > 0 ? "radio" : "checkbox";
  return (
    <>
      <ul class="options">
        {contest.options.map((option) => {
          const on = picked.includes(option.id);
          return (
            <li key={option.id}>
              <label class={on ? "option on" : "option"}>
                <input
                  type={type}
                  name={contest.id}
                  checked={on}
                  disabled={full && !on}
                  onChange={() => onAnswer(toggled(contest, answer, option.id))}
                />
                <span>
                  <span class="title">
                    <bdi>{option.title}</bdi>
                  </span>
                  {option.description !== undefined && <span class="more"><bdi>{option.description}</bdi></span>}
                </span>
              </label>
            </li>
          );
        })}
      </ul>
      {contest.method === "approval" && (
        <p class="status" role="status">
          {full ? t.text("full", { n: picked.length }) : t.text("chosen", { n: picked.length })}
        </p>
      )}
    </>
  );
}

const k_scores_as_buttons_max = 10;

function Scores({ contest, answer, onAnswer }: ContestProps) {
  const t = useText();
  const most = contest.max_score ?? 0;
  const points = answer !== undefined && !Array.isArray(answer) ? answer : {};
  return (
    <ul class="options">
      {contest.options.map((option) => (
        <li key={option.id} class="score">
          <span class="title" id={`score-${contest.id}-${option.id}`}>
            <bdi>{option.title}</bdi>
          </span>
          {option.description !== undefined && <span class="more"><bdi>{option.description}</bdi></span>}
          {most <= k_scores_as_buttons_max ? (
            <span class="points" role="radiogroup" aria-label={t.text("points", { option: option.title })}>
              {[null, ...Array.from({ length: most + 1 }, (_, value) => value)].map((value) => (
                <label key={value} class={(points[option.id] ?? null) === value ? "point on" : "point"}>
                  <input
                    type="radio"
                    name={`${contest.id}/${option.id}`}
                    checked={(points[option.id] ?? null) === value}
                    onChange={() => onAnswer(scored(answer, option.id, value))}
                  />
                  <span>{value === null ? "–" : t.number(value)}</span>
                  {value === null && <span class="unseen">{t.text("no points")}</span>}
                </label>
              ))}
            </span>
          ) : (
            <NumberOfPoints
              most={most}
              label={t.text("points", { option: option.title })}
              value={points[option.id] ?? null}
              onValue={(value) => onAnswer(scored(answer, option.id, value))}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

function NumberOfPoints(props: { most: number; label: string; value: number | null; onValue: (value: number | null) => void }) {
  const [text, setText] = useState(props.value === null ? "" : String(props.value));
  const change = (now: string) => {
    setText(now);
    const value = Number(now);
    const usable = now.trim() !== "" && Number.isInteger(value) && value >= 0 && value <= props.most;
    props.onValue(usable ? value : null);
  };
  return (
    <input
      class="number"
      type="number"
      inputMode="numeric"
      min={0}
      max={props.most}
      step={1}
      aria-label={props.label}
      value={text}
      onInput={(event) => change(event.currentTarget.value)}
    />
  );
}

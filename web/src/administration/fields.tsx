// What the form of a draft is made of: a field with what is wrong with it, and the buttons of a row.
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import { Focus } from "../shared/focus.ts";
import { TroubleText } from "../shared/trouble.tsx";
import { useText } from "../shared/ui.tsx";
import { troubleAt } from "./trouble.ts";

// JSON pointer by rows (draft.ts) -> what the service says of it.
export const Mistakes = createContext<Map<string, string>>(new Map());

export const idOf = (pointer: string) => `field${pointer.replace(/\//g, "-")}`;

interface FieldProps {
  pointer: string;
  label: string;
  value: string;
  onValue: (value: string) => void;
  type?: "text" | "number" | "datetime-local";
  long?: boolean;
  more?: string;
}

export function Field(props: FieldProps) {
  const t = useText();
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
        {problem !== null && <TroubleText trouble={troubleAt(t, props.pointer, problem)} />}
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

// Moves a row and takes it out. `row` is its key: the focus follows it.
export function Moves(props: { name: string; row: number; at: number; of: number; onMove: (to: number) => void; onRemove: () => void }) {
  const t = useText();
  const keepFocus = useContext(Focus);
  const { row, at } = props;
  const move = (to: number, control: string) => {
    keepFocus([`${control} ${row}`, `up ${row}`, `down ${row}`]);
    props.onMove(to);
  };
  return (
    <span class="moves">
      <button
        type="button"
        data-control={`up ${row}`}
        disabled={at === 0}
        aria-label={t.text("up", { option: props.name })}
        onClick={() => move(at - 1, "up")}
      >
        ↑
      </button>
      <button
        type="button"
        data-control={`down ${row}`}
        disabled={at === props.of - 1}
        aria-label={t.text("down", { option: props.name })}
        onClick={() => move(at + 1, "down")}
      >
        ↓
      </button>
      <button
        type="button"
        data-control={`remove ${row}`}
        disabled={props.of === 1}
        aria-label={t.text("remove", { name: props.name })}
        onClick={props.onRemove}
      >
        ✕
      </button>
    </span>
  );
}

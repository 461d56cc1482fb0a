// Options in an order: by buttons, by keyboard, and by drawing them with a finger or a mouse.
import { useRef, useState } from "preact/hooks";

import type { Answer, Contest, Option } from "../shared/api.ts";
import { useFocus } from "../shared/focus.ts";
import { useText } from "../shared/ui.tsx";
import { isFull, moved } from "./ballot.ts";

interface Props {
  contest: Contest;
  answer: Answer | undefined;
  onAnswer: (answer: string[]) => void;
}

export function RankedOrder({ contest, answer, onAnswer }: Props) {
  const t = useText();
  const order = Array.isArray(answer) ? answer : [];
  const byId = new Map(contest.options.map((option) => [option.id, option]));
  const others = contest.options.filter((option) => !order.includes(option.id));
  const [said, say] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const [root, keepFocus] = useFocus<HTMLDivElement>();
  const full = isFull(contest, order);

  const titleOf = (id: string) => byId.get(id)?.title ?? id;
  const place = (id: string, at: number, control: string) => {
    const after = moved(order, id, at);
    keepFocus([control, `up ${id}`, `down ${id}`, `out ${id}`]);
    onAnswer(after);
    say(t.text("place", { option: titleOf(id), place: after.indexOf(id) + 1, n: after.length }));
  };
  // The focus goes on to the next that can be taken out, or added.
  const takeOut = (id: string) => {
    const at = order.indexOf(id);
    keepFocus([`out ${order[at + 1] ?? order[at - 1]}`, `add ${id}`]);
    onAnswer(order.filter((other) => other !== id));
    say(t.text("taken out", { option: titleOf(id) }));
  };
  const add = (id: string) => {
    const at = others.findIndex((option) => option.id === id);
    place(id, order.length, `add ${(others[at + 1] ?? others[at - 1])?.id}`);
  };

  // Where a drawn item would come to stand: before the first whose middle is below the pointer.
  const placeAt = (y: number) => {
    const items = [...(list.current?.children ?? [])];
    const below = items.findIndex((item) => {
      const box = item.getBoundingClientRect();
      return y < box.top + box.height / 2;
    });
    return below < 0 ? items.length : below;
  };
  // The list follows the pointer: an item that is moved in the document may lose it.
  const drawn = useRef<string | null>(null);
  const drawing = {
    onPointerDown: (event: PointerEvent) => {
      const grip = (event.target as Element).closest(".grip");
      const at = [...(list.current?.children ?? [])].findIndex((item) => item.contains(grip));
      if (grip === null || at < 0 || drawn.current !== null) {
        return;
      }
      drawn.current = order[at] ?? null;
      list.current?.setPointerCapture(event.pointerId);
      event.preventDefault();
    },
    onPointerMove: (event: PointerEvent) => {
      const id = drawn.current;
      if (id === null) {
        return;
      }
      event.preventDefault();
      const from = order.indexOf(id);
      const to = placeAt(event.clientY);
      const at = to > from ? to - 1 : to;
      if (at !== from) {
        onAnswer(moved(order, id, at));
      }
    },
    onPointerUp: () => {
      const id = drawn.current;
      drawn.current = null;
      if (id !== null) {
        say(t.text("place", { option: titleOf(id), place: order.indexOf(id) + 1, n: order.length }));
      }
    },
    onPointerCancel: () => {
      drawn.current = null;
    },
  };
  const keys = (event: KeyboardEvent, id: string) => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (step !== 0) {
      event.preventDefault();
      place(id, order.indexOf(id) + step, (event.target as HTMLElement).dataset["control"] ?? "");
    }
  };

  return (
    <div ref={root}>
      <h2>{t.text("your order")}</h2>
      {order.length === 0 && <p class="more">{t.text("your order empty")}</p>}
      <ol class="order" ref={list} aria-label={t.text("your order")} {...drawing}>
        {order.map((id, at) => (
          <li key={id} class="option on" onKeyDown={(event) => keys(event, id)}>
            <span class="grip" aria-hidden="true">
              ⠿
            </span>
            <span class="place">{t.number(at + 1)}</span>
            <Words option={byId.get(id)} />
            <span class="moves">
              <button
                type="button"
                data-control={`up ${id}`}
                disabled={at === 0}
                aria-label={t.text("up", { option: titleOf(id) })}
                onClick={() => place(id, at - 1, `up ${id}`)}
              >
                ↑
              </button>
              <button
                type="button"
                data-control={`down ${id}`}
                disabled={at === order.length - 1}
                aria-label={t.text("down", { option: titleOf(id) })}
                onClick={() => place(id, at + 1, `down ${id}`)}
              >
                ↓
              </button>
              <button type="button" data-control={`out ${id}`} aria-label={t.text("take out", { option: titleOf(id) })} onClick={() => takeOut(id)}>
                ✕
              </button>
            </span>
          </li>
        ))}
      </ol>
      {others.length > 0 && <h2>{t.text("others")}</h2>}
      <ul class="options">
        {others.map((option) => (
          <li key={option.id} class="option">
            <Words option={option} />
            <button
              type="button"
              class="add"
              data-control={`add ${option.id}`}
              disabled={full}
              aria-label={t.text("add", { option: option.title })}
              onClick={() => add(option.id)}
            >
              +
            </button>
          </li>
        ))}
      </ul>
      {full && others.length > 0 && <p class="status">{t.text("full", { n: order.length })}</p>}
      <p class="unseen" role="status">
        {said}
      </p>
    </div>
  );
}

function Words(props: { option: Option | undefined }) {
  return (
    <span class="words">
      <span class="title">
        <bdi>{props.option?.title}</bdi>
      </span>
      {props.option?.description !== undefined && <span class="more"><bdi>{props.option.description}</bdi></span>}
    </span>
  );
}

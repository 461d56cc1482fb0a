// Options in an order: by buttons, by keyboard, and by drawing them with a finger or a mouse.
import { useRef, useState } from "preact/hooks";

import type { Answer, Contest, Option } from "../shared/api.ts";
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
  const full = isFull(contest, order);

  const titleOf = (id: string) => byId.get(id)?.title ?? id;
  const place = (id: string, at: number) => {
    const after = moved(order, id, at);
    onAnswer(after);
    say(t.text("place", { option: titleOf(id), place: after.indexOf(id) + 1, n: after.length }));
  };
  const takeOut = (id: string) => {
    onAnswer(order.filter((other) => other !== id));
    say(t.text("taken out", { option: titleOf(id) }));
    list.current?.focus();
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
  const drawn = useRef<string | null>(null);
  const draw = (event: PointerEvent, id: string) => {
    if (drawn.current !== id) {
      return;
    }
    event.preventDefault();
    const from = order.indexOf(id);
    const to = placeAt(event.clientY);
    const at = to > from ? to - 1 : to;
    if (at !== from) {
      onAnswer(moved(order, id, at));
    }
  };
  const grip = (id: string) => ({
    onPointerDown: (event: PointerEvent) => {
      drawn.current = id;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      event.preventDefault();
    },
    onPointerMove: (event: PointerEvent) => draw(event, id),
    onPointerUp: () => {
      if (drawn.current === id) {
        drawn.current = null;
        say(t.text("place", { option: titleOf(id), place: order.indexOf(id) + 1, n: order.length }));
      }
    },
    onPointerCancel: () => {
      drawn.current = null;
    },
  });
  const keys = (event: KeyboardEvent, id: string) => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (step !== 0) {
      event.preventDefault();
      place(id, order.indexOf(id) + step);
    }
  };

  return (
    <>
      <h2>{t.text("your order")}</h2>
      {order.length === 0 && <p class="more">{t.text("your order empty")}</p>}
      <ol class="order" ref={list} tabIndex={-1} aria-label={t.text("your order")}>
        {order.map((id, at) => (
          <li key={id} class="option on" onKeyDown={(event) => keys(event, id)}>
            <span class="grip" aria-hidden="true" {...grip(id)}>
              ⠿
            </span>
            <span class="place">{t.number(at + 1)}</span>
            <Words option={byId.get(id)} />
            <span class="moves">
              <button type="button" disabled={at === 0} aria-label={t.text("up", { option: titleOf(id) })} onClick={() => place(id, at - 1)}>
                ↑
              </button>
              <button
                type="button"
                disabled={at === order.length - 1}
                aria-label={t.text("down", { option: titleOf(id) })}
                onClick={() => place(id, at + 1)}
              >
                ↓
              </button>
              <button type="button" aria-label={t.text("take out", { option: titleOf(id) })} onClick={() => takeOut(id)}>
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
              disabled={full}
              aria-label={t.text("add", { option: option.title })}
              onClick={() => place(option.id, order.length)}
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
    </>
  );
}

function Words(props: { option: Option | undefined }) {
  return (
    <span class="words">
      <span class="title">{props.option?.title}</span>
      {props.option?.description !== undefined && <span class="more">{props.option.description}</span>}
    </span>
  );
}

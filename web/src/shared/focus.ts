// Where the focus goes when the control that has it is moved, taken away or disabled: a browser would leave it nowhere, and
// whoever works by keyboard would begin at the top again.
import { createContext, type RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

// After the next change of the page the first of these controls that can be used has the focus. Each is known by its
// `data-control`.
export type KeepFocus = (controls: (string | undefined)[]) => void;

export const Focus = createContext<KeepFocus>(() => undefined);

export function useFocus<T extends HTMLElement>(): [RefObject<T | null>, KeepFocus] {
  const root = useRef<T>(null);
  const wanted = useRef<(string | undefined)[]>([]);
  useLayoutEffect(() => {
    const all = [...(root.current?.querySelectorAll<HTMLElement>("[data-control]:not(:disabled)") ?? [])];
    const found = wanted.current.map((name) => all.find((one) => one.dataset["control"] === name)).find((one) => one !== undefined);
    wanted.current = [];
    found?.focus();
  });
  return [
    root,
    (controls) => {
      wanted.current = controls;
    },
  ];
}

// Small parts that all pages share.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useLayoutEffect, useRef } from "preact/hooks";

import { offered, type Translator } from "./i18n.ts";

interface Spoken {
  translator: Translator;
  choose: (tag: string) => Promise<void>; // rejects when that language cannot be loaded
}

export const Language = createContext<Spoken>(null as unknown as Spoken);

export function useText(): Translator {
  return useContext(Language).translator;
}

// The heading of a step: takes the focus when the step begins, so that a screen reader says where one is.
export function Heading(props: { children: ComponentChildren; focus?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (props.focus !== false) {
      heading.current?.focus();
    }
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {props.children}
    </h1>
  );
}

export function LanguageChoice() {
  const { translator: t, choose } = useContext(Language);
  const change = (select: HTMLSelectElement) =>
    choose(select.value).catch(() => {
      select.value = t.locale.tag;
    });
  return (
    <label class="language">
      <span>{t.text("language")}</span>
      <select value={t.locale.tag} onChange={(event) => change(event.currentTarget)}>
        {offered.map((locale) => (
          <option key={locale.tag} value={locale.tag} lang={locale.tag}>
            {locale.name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Page(props: { children: ComponentChildren; development?: boolean; isEmbedded?: boolean }) {
  const t = useText();
  return (
    <>
      {props.development === true && <header class="development">{t.text("development")}</header>}
      <main>{props.children}</main>
      {props.isEmbedded !== true && (
        <footer>
          <LanguageChoice />
        </footer>
      )}
    </>
  );
}

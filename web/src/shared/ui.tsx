// Small parts that all pages share.
import type { ComponentChildren } from "preact";
import { createContext } from "preact";
import { useContext, useLayoutEffect, useRef } from "preact/hooks";

import { keepLanguage, offered, type Translator } from "./i18n.ts";

export const Language = createContext<Translator>(null as unknown as Translator);

export function useText(): Translator {
  return useContext(Language);
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
  const t = useText();
  const change = (tag: string) => {
    keepLanguage(tag);
    const here = new URL(location.href);
    here.searchParams.delete("lang");
    location.replace(here.href);
  };
  return (
    <label class="language">
      <span>{t.text("language")}</span>
      <select value={t.locale.tag} onChange={(event) => change(event.currentTarget.value)}>
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

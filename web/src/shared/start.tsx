// Begins a page: the language first, then what there is to see. A page that cannot load all of itself says so, and tries
// again.
import { type ComponentChild, render } from "preact";
import { useState } from "preact/hooks";

import { keepLanguage, loadTranslator, type Texts, type Translator } from "./i18n.ts";
import { Language } from "./ui.tsx";

const k_reload_ms = 4_000;

// Another language is put in place: whatever the page holds stays as it is. One that cannot be loaded is not chosen.
function Spoken(props: { first: Translator; texts: Texts; app: () => ComponentChild }) {
  const [translator, setTranslator] = useState(props.first);
  const choose = async (tag: string) => {
    const next = await loadTranslator(props.texts, tag);
    keepLanguage(tag);
    const here = new URL(location.href);
    if (here.searchParams.has("lang")) {
      here.searchParams.delete("lang");
      history.replaceState(history.state, "", here.href);
    }
    setTranslator(next);
  };
  return <Language.Provider value={{ translator, choose }}>{props.app()}</Language.Provider>;
}

export function start(texts: Texts, app: () => ComponentChild): void {
  loadTranslator(texts, null).then(
    (first) => render(<Spoken first={first} texts={texts} app={app} />, document.body),
    () => {
      // In no language of the page's: that is what could not be loaded.
      document.body.textContent = "Loading… · Wird geladen …";
      setTimeout(() => location.reload(), k_reload_ms * (1 + Math.random()));
    },
  );
}

// The part of the address behind its first slashes; as it stands when it is no proper text.
export function partOfPath(number: number): string {
  const part = location.pathname.split("/")[number] ?? "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

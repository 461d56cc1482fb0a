// Begins a page: the language first, then what there is to see. A page that cannot load all of itself says so, and tries
// again.
import { type ComponentChild, render } from "preact";

import { loadTranslator, type Texts } from "./i18n.ts";
import { Language } from "./ui.tsx";

const k_reload_ms = 4_000;

export function start(texts: Texts, app: () => ComponentChild): void {
  loadTranslator(texts).then(
    (translator) => render(<Language.Provider value={translator}>{app()}</Language.Provider>, document.body),
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

// The page's texts: each language is a file of its own, and nobody loads the others.
import type { Texts } from "../shared/i18n.ts";

export const texts: Texts = {
  en: () => import("./texts.en.ts"),
  de: () => import("./texts.de.ts"),
};

// Texts in the reader's language. A locale is a folder in locales/, with a file for each page: key -> text, or key ->
// plural form -> text, with {name} where something is put in. What is missing in a locale does not build
// (locales.test.ts).

export type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Messages = Record<string, Text>;

export interface Locale {
  tag: string; // BCP 47
  name: string; // in its own language
  direction: "ltr" | "rtl";
}

export const locales: Locale[] = [
  { tag: "en", name: "English", direction: "ltr" },
  { tag: "de", name: "Deutsch", direction: "ltr" },
  { tag: "en-XB", name: "\u202ePseudo\u202c", direction: "rtl" }, // only by its name in the address: for testing right-to-left
];

const k_right_to_left = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const k_hidden = new Set(["en-XB"]);
const k_kept = "ostraka.language";

export const offered = locales.filter((locale) => !k_hidden.has(locale.tag));

// The first of what was asked for in the address, chosen before, or set in the browser that there is.
export function pick(asked: string | null, kept: string | null, browser: readonly string[]): Locale {
  const exactly = locales.find((locale) => locale.tag === asked);
  if (exactly !== undefined) {
    return exactly;
  }
  for (const tag of [kept, ...browser]) {
    const language = tag?.toLowerCase().split("-")[0];
    const found = offered.find((locale) => locale.tag.toLowerCase().split("-")[0] === language);
    if (found !== undefined) {
      return found;
    }
  }
  return locales[0] as Locale;
}

export type Values = Record<string, string | number>;

export class Translator {
  private readonly plurals: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;
  private readonly shares: Intl.NumberFormat;

  constructor(
    readonly locale: Locale,
    private readonly messages: Messages,
  ) {
    this.plurals = new Intl.PluralRules(locale.tag);
    this.numbers = new Intl.NumberFormat(locale.tag);
    this.shares = new Intl.NumberFormat(locale.tag, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  }

  // What others are asked to speak.
  get language(): string {
    return k_hidden.has(this.locale.tag) ? "en" : this.locale.tag;
  }

  has(key: string): boolean {
    return this.messages[key] !== undefined;
  }

  // `n` chooses the plural form.
  text(key: string, values: Values = {}): string {
    const entry = this.messages[key];
    if (entry === undefined) {
      return key;
    }
    const pattern =
      typeof entry === "string" ? entry : (entry[this.plurals.select(Number(values["n"] ?? 0))] ?? entry.other ?? key);
    return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name];
      return value === undefined ? whole : typeof value === "number" ? this.numbers.format(value) : this.apart(value);
    });
  }

  // What runs the other way does not turn what stands around it.
  private apart(value: string): string {
    return this.locale.direction === "rtl" || k_right_to_left.test(value) ? `\u2068${value}\u2069` : value;
  }

  number(value: number): string {
    return this.numbers.format(value);
  }

  share(value: number): string {
    return this.shares.format(value);
  }

  time(rfc3339: string, options: Intl.DateTimeFormatOptions = { dateStyle: "full", timeStyle: "short" }): string {
    return new Intl.DateTimeFormat(this.locale.tag, options).format(new Date(rfc3339));
  }
}

function keptLanguage(): string | null {
  try {
    return localStorage.getItem(k_kept);
  } catch {
    return null; // storage may be forbidden
  }
}

export function keepLanguage(tag: string): void {
  try {
    localStorage.setItem(k_kept, tag);
  } catch {
    // then it is asked again next time
  }
}

// By the locale's tag; each page has its own.
export type Texts = Record<string, () => Promise<{ default: Messages }>>;

// In the language of this tag; null: the one that the address, an earlier choice, or the browser asks for.
export async function loadTranslator(texts: Texts, tag: string | null): Promise<Translator> {
  const asked = tag ?? new URLSearchParams(location.search).get("lang");
  const locale = pick(asked, keptLanguage(), navigator.languages ?? [navigator.language]);
  const isPseudo = k_hidden.has(locale.tag);
  const load = texts[isPseudo ? "en" : locale.tag] as Texts[string];
  const { default: messages } = await load();
  document.documentElement.lang = locale.tag;
  document.documentElement.dir = locale.direction;
  return new Translator(locale, isPseudo ? backwards(messages) : messages);
}

// A pseudo-locale: every text is longer and runs from right to left, what is put in stays as it is.
export function backwards(messages: Messages): Messages {
  const turn = (text: string) => `\u202e${text.replace(/\{\w+\}|[aeiou]/g, (part) => (part.length > 1 ? part : part + part))}\u202c`;
  return Object.fromEntries(
    Object.entries(messages).map(([key, text]) => [
      key,
      typeof text === "string"
        ? turn(text)
        : Object.fromEntries(Object.entries(text).map(([form, one]) => [form, turn(one as string)])),
    ]),
  );
}

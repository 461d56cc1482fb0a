// Signing in: at a provider's page, or by the development issuer with a name.
import { useEffect, useState } from "preact/hooks";

import { ask, type Election, type Issuer } from "../shared/api.ts";
import { goToProvider, type Hindrance, hindrance } from "../shared/go_to_provider.ts";
import { isReachable, issuersOf, nameOf, type Purpose } from "../shared/sign_in.ts";
import { Heading, useText } from "../shared/ui.tsx";
import { world } from "./world.ts";

const k_ask_again_ms = 4_000;

interface Props {
  election: Election;
  issuers: Issuer[];
  again: boolean;
  somebodyElse: boolean;
  onSignedIn: (idToken: string) => void;
}

export function SignIn(props: Props) {
  const t = useText();
  const { election, again } = props;
  const issuers = useIssuers(election, props.issuers);
  const providers = issuers.filter((issuer) => issuer.kind === "oidc");
  return (
    <>
      <Heading>{t.text(again ? "sign in again" : "sign in")}</Heading>
      {again && <p>{t.text("sign in again advice")}</p>}
      {providers.length > 0 && <Providers {...props} providers={providers} />}
      {issuers.some((issuer) => issuer.kind === "development") && <Name onSignedIn={props.onSignedIn} />}
      {issuers.length === 0 && <p role="status">{t.text("no provider")}</p>}
    </>
  );
}

// Asks again while there is nobody to sign in with, or one who cannot be reached.
function useIssuers(election: Election, first: Issuer[]): Issuer[] {
  const [all, setAll] = useState(first);
  const issuers = issuersOf(election, all);
  const isWhole = issuers.length > 0 && issuers.every(isReachable);
  useEffect(() => {
    let stopped = isWhole;
    const again = async (): Promise<void> => {
      await world.pause(k_ask_again_ms * (1 + Math.random() / 2));
      if (stopped) {
        return;
      }
      const reply = await ask<Issuer[]>(world.fetch, "GET", "/v1/sign-in").catch(() => null);
      if (!stopped && reply !== null && reply.status === 200) {
        setAll(reply.body);
      }
      return stopped ? undefined : again();
    };
    void (stopped ? undefined : again());
    return () => {
      stopped = true;
    };
  }, [isWhole]);
  return issuers;
}

function Providers({ election, providers, somebodyElse }: Props & { providers: Issuer[] }) {
  const t = useText();
  const [busy, setBusy] = useState(false);
  const [hindered, setHindered] = useState<Hindrance | null>(hindrance);
  const go = async (issuer: Issuer) => {
    setBusy(true);
    const language = new URLSearchParams(location.search).get("lang");
    const purpose: Purpose = {
      issuer: issuer.issuer,
      election: election.id,
      returnTo: location.pathname + (language === null ? "" : `?lang=${encodeURIComponent(language)}`),
      needsMfa: election.eligibility?.require_mfa === true,
      somebodyElse,
    };
    const found = await goToProvider(issuer, purpose, t.language);
    if (found !== null) {
      setHindered(found);
      setBusy(false);
    }
  };
  if (hindered !== null) {
    return (
      <p class="problem" role="alert">
        {t.text(`sign in ${hindered}`)}
      </p>
    );
  }
  return (
    <>
      <ul class="providers">
        {providers.map((issuer) => (
          <li key={issuer.issuer}>
            <button type="button" class="main" disabled={busy || !isReachable(issuer)} onClick={() => go(issuer)}>
              {t.text("sign in with", { provider: nameOf(issuer) })}
            </button>
            {!isReachable(issuer) && <span class="more">{t.text("provider not reachable")}</span>}
          </li>
        ))}
      </ul>
      <p class="unseen" role="status">
        {providers.every(isReachable) ? "" : t.text("provider not reachable")}
      </p>
    </>
  );
}

type Trouble = "name wanted" | "sign in failed";

function Name({ onSignedIn }: { onSignedIn: (idToken: string) => void }) {
  const t = useText();
  const [name, setName] = useState("");
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (name.trim() === "") {
      setTrouble("name wanted");
      return;
    }
    setBusy(true);
    setTrouble(null);
    try {
      const reply = await ask<{ id_token?: string }>(world.fetch, "POST", "/v1/development/sign-in", {
        body: { name: name.trim() },
      });
      if (reply.status === 200 && reply.body.id_token !== undefined) {
        onSignedIn(reply.body.id_token);
        return;
      }
    } catch {
      // said below
    }
    setBusy(false);
    setTrouble("sign in failed");
  };
  return (
    <form onSubmit={submit} noValidate>
      <label class="field">
        <span>{t.text("your name")}</span>
        <input
          name="name"
          autocomplete="username"
          maxLength={60}
          value={name}
          aria-invalid={trouble !== null}
          aria-describedby="sign-in-problem"
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <p class="problem" id="sign-in-problem" role="alert">
        {trouble !== null && t.text(trouble)}
      </p>
      <button type="submit" class="main" disabled={busy}>
        {t.text("next")}
      </button>
    </form>
  );
}

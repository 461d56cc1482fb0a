// Signing in. For now by the development issuer; providers come with their own way.
import { useState } from "preact/hooks";

import { ask, type Issuer } from "../shared/api.ts";
import { Heading, useText } from "../shared/ui.tsx";

interface Props {
  issuers: Issuer[];
  again: boolean;
  onSignedIn: (idToken: string) => void;
}

export function SignIn(props: Props) {
  const t = useText();
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const development = props.issuers.some((issuer) => issuer.kind === "development");

  const submit = async (event: Event) => {
    event.preventDefault();
    if (name.trim() === "") {
      setProblem(t.text("name wanted"));
      return;
    }
    setBusy(true);
    setProblem(null);
    try {
      const reply = await ask<{ id_token?: string }>(fetch.bind(window), "POST", "/v1/development/sign-in", {
        body: { name: name.trim() },
      });
      if (reply.status === 200 && reply.body.id_token !== undefined) {
        props.onSignedIn(reply.body.id_token);
        return;
      }
    } catch {
      // said below
    }
    setBusy(false);
    setProblem(t.text("sign in failed"));
  };

  return (
    <>
      <Heading>{t.text(props.again ? "sign in again" : "sign in")}</Heading>
      {props.again && <p>{t.text("sign in again advice")}</p>}
      {development ? (
        <form onSubmit={submit} noValidate>
          <label class="field">
            <span>{t.text("your name")}</span>
            <input
              name="name"
              autocomplete="username"
              maxLength={60}
              value={name}
              aria-invalid={problem !== null}
              aria-describedby="sign-in-problem"
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <p class="problem" id="sign-in-problem" role="alert">
            {problem}
          </p>
          <button type="submit" class="main" disabled={busy}>
            {t.text("next")}
          </button>
        </form>
      ) : (
        <p>{t.text("no provider")}</p>
      )}
    </>
  );
}

// Where providers send voters back to: makes a sign-in of what they bring along, and goes on to the page that votes.
import "./sign_in.css";

import { useEffect, useState } from "preact/hooks";

import { ask, type Issuer } from "../shared/api.ts";
import { goToProvider } from "../shared/go_to_provider.ts";
import { handOver, isReachable, type Purpose } from "../shared/sign_in.ts";
import { start } from "../shared/start.tsx";
import { tabStorage } from "../shared/storage.ts";
import { Heading, Page, useText } from "../shared/ui.tsx";
import { type Arrival, arrive, exchange, purposeOf } from "./finishing.ts";
import { texts } from "./texts.ts";

const own_fetch = (path: string, init: RequestInit) => fetch(path, init);

// The address is made clean before anything else is done, so that no code stays in it.
function takeAnswer(): Arrival {
  const answer = { path: location.pathname, query: new URLSearchParams(location.search) };
  const arrival = arrive(answer, tabStorage(), history.state, Date.now());
  const purpose = arrival.kind === "unknown" ? null : arrival.kind === "code" ? purposeOf(arrival.pending) : arrival.purpose;
  const language = purpose === null ? null : new URL(purpose.returnTo, location.origin).searchParams.get("lang");
  const query = language === null ? "" : `?lang=${encodeURIComponent(language)}`;
  history.replaceState(purpose, "", `${location.pathname}${query}`);
  return arrival;
}

function Unknown() {
  const t = useText();
  return (
    <>
      <Heading>{t.text("unknown")}</Heading>
      <p>{t.text("unknown advice")}</p>
      <p>
        <a href="/">{t.text("to elections")}</a>
      </p>
    </>
  );
}

function Failed({ purpose, isRefused }: { purpose: Purpose; isRefused: boolean }) {
  const t = useText();
  const [busy, setBusy] = useState(false);
  // By way of the page that votes where it cannot be begun here: that one says why, and asks again.
  const again = async () => {
    setBusy(true);
    const issuers = await ask<Issuer[]>(own_fetch, "GET", "/v1/sign-in").then(
      (reply) => (reply.status === 200 ? reply.body : []),
      () => [],
    );
    const issuer = issuers.find((one) => one.kind === "oidc" && one.issuer === purpose.issuer && isReachable(one));
    if (issuer === undefined || (await goToProvider(issuer, purpose, t.language)) !== null) {
      location.replace(purpose.returnTo);
    }
  };
  return (
    <>
      <Heading>{t.text(isRefused ? "refused" : "failed")}</Heading>
      <p>{t.text("failed advice")}</p>
      <p class="buttons">
        <button type="button" class="main" disabled={busy} onClick={again}>
          {t.text("again")}
        </button>
        <a href={purpose.returnTo}>{t.text("to vote")}</a>
      </p>
    </>
  );
}

function Exchanging({ arrival, onFailed }: { arrival: Arrival & { kind: "code" }; onFailed: () => void }) {
  const t = useText();
  useEffect(() => {
    const { pending, code } = arrival;
    void exchange(own_fetch, location.origin, code, pending).then((idToken) => {
      if (idToken !== null && handOver(tabStorage(), pending.election, idToken)) {
        location.replace(pending.returnTo);
      } else {
        onFailed();
      }
    });
  }, []);
  return (
    <>
      <Heading>{t.text("signing in")}</Heading>
      <p class="working" aria-hidden="true" />
    </>
  );
}

function App({ first }: { first: Arrival }) {
  const t = useText();
  const [arrival, setArrival] = useState(first);
  document.title = t.text("signing in");
  return (
    <Page>
      {arrival.kind === "unknown" ? (
        <Unknown />
      ) : arrival.kind === "code" ? (
        <Exchanging arrival={arrival} onFailed={() => setArrival({ kind: "failed", purpose: purposeOf(arrival.pending) })} />
      ) : (
        <Failed key={arrival.kind} purpose={arrival.purpose} isRefused={arrival.kind === "refused"} />
      )}
    </Page>
  );
}

const arrival = takeAnswer();
// Whoever comes back with the browser's own button finds no busy button.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
start(texts, () => <App first={arrival} />);

// What there is: every election with its pages.
import "../shared/base.css";

import { useEffect, useState } from "preact/hooks";

import { ask, type Election, type Issuer } from "../shared/api.ts";
import { start } from "../shared/start.tsx";
import { Heading, Page, useText } from "../shared/ui.tsx";
import { texts } from "./texts.ts";

const k_load_again_ms = 3_000;
const own_fetch = (path: string, init: RequestInit) => fetch(path, init);

function App() {
  const t = useText();
  const [elections, setElections] = useState<Election[] | null>(null);
  const [development, setDevelopment] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = async () => {
      try {
        const [listed, issuers] = await Promise.all([
          ask<Election[]>(own_fetch, "GET", "/v1/elections"),
          ask<Issuer[]>(own_fetch, "GET", "/v1/sign-in"),
        ]);
        if (listed.status === 200) {
          setElections(listed.body);
          setDevelopment(issuers.status === 200 && issuers.body.some((issuer) => issuer.kind === "development"));
          return;
        }
      } catch {
        // again, below
      }
      timer = setTimeout(load, k_load_again_ms);
    };
    void load();
    return () => clearTimeout(timer);
  }, []);
  const shown = elections?.filter((election) => election.state !== "draft");
  return (
    <Page development={development}>
      <Heading focus={false}>{t.text("elections")}</Heading>
      {shown === undefined ? (
        <p role="status">{t.text("loading")}</p>
      ) : shown.length === 0 ? (
        <p>{t.text("no elections")}</p>
      ) : (
        <ul>
          {shown.map((election) => (
            <li key={election.id}>
              <h2>{election.title}</h2>
              <p class="buttons">
                <span class="more">{t.text(`state ${election.state}`)}</span>
                {election.state === "open" && (
                  <a href={`/vote/${election.id}`} aria-label={`${t.text("vote")}: ${election.title}`}>
                    {t.text("vote")}
                  </a>
                )}
                <a href={`/results/${election.id}`} aria-label={`${t.text("results")}: ${election.title}`}>
                  {t.text("results")}
                </a>
              </p>
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

start(texts, () => <App />);

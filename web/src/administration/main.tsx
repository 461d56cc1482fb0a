// The administration page: sign in by token, every election, one of them, or the form of a draft.
import "./administration.css";

import { useEffect, useRef, useState } from "preact/hooks";

import { ask, type Election, type Issuer } from "../shared/api.ts";
import { start } from "../shared/start.tsx";
import { Heading, Page, useText } from "../shared/ui.tsx";
import { Administration, keepToken, keptToken, listElections } from "./api.ts";
import { fromElection, newDraft, toDefinition, toPatch } from "./draft.ts";
import { Editor } from "./editor.tsx";
import { Newest } from "./newest.ts";
import { Panel } from "./panel.tsx";
import { texts } from "./texts.ts";

const k_look_again_ms = 3_000;

type View = { at: "list" } | { at: "new" } | { at: "edit"; id: string } | { at: "one"; id: string };

function TokenForm({ onToken }: { onToken: (token: string) => void }) {
  const t = useText();
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const isGood = token.trim() !== "" && (await new Administration(token.trim()).isGood());
    if (isGood === true) {
      onToken(token.trim());
    } else {
      setProblem(t.text(isGood === null ? "no answer" : "token refused"));
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      <Heading>{t.text("administration")}</Heading>
      <label class="field">
        <span>{t.text("admin token")}</span>
        <input type="password" autocomplete="off" value={token} aria-describedby="token-problem" onInput={(event) => setToken(event.currentTarget.value)} />
        <span class="more">{t.text("admin token advice")}</span>
      </label>
      <p class="problem" id="token-problem" role="alert">
        {problem}
      </p>
      <button type="submit" class="main">
        {t.text("sign in admin")}
      </button>
    </form>
  );
}

function List(props: { elections: Election[]; onGo: (view: View) => void; onSignOut: () => void }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text("administration")}</Heading>
      <p class="buttons">
        <button type="button" class="main" onClick={() => props.onGo({ at: "new" })}>
          {t.text("new election")}
        </button>
        <button type="button" onClick={props.onSignOut}>
          {t.text("sign out")}
        </button>
      </p>
      {props.elections.length === 0 ? (
        <p>{t.text("no elections")}</p>
      ) : (
        <table class="elections">
          <caption class="unseen">{t.text("all elections")}</caption>
          <thead>
            <tr>
              <th scope="col">{t.text("title")}</th>
              <th scope="col">{t.text("state")}</th>
              <th scope="col">{t.text("closes")}</th>
            </tr>
          </thead>
          <tbody>
            {props.elections.map((election) => (
              <tr key={election.id}>
                <th scope="row">
                  <button type="button" class="link" onClick={() => props.onGo({ at: "one", id: election.id })}>
                    {election.title}
                  </button>
                </th>
                <td>{t.text(`state ${election.state}`)}</td>
                <td>{election.closes_at === undefined ? "–" : t.time(election.closes_at, { dateStyle: "medium", timeStyle: "short" })}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Signed({ administration, issuers, onSignOut }: { administration: Administration; issuers: Issuer[]; onSignOut: () => void }) {
  const t = useText();
  const [elections, setElections] = useState<Election[] | null>(null);
  const [failing, setFailing] = useState(false);
  const newest = useRef(new Newest());
  const [view, setView] = useState<View>({ at: "list" });
  useEffect(() => {
    let stopped = false;
    const look = async () => {
      const question = newest.current.ask();
      const listed = await listElections();
      if (!stopped) {
        setFailing(listed === null);
        if (listed !== null && newest.current.take(question)) {
          setElections(listed);
        }
      }
    };
    void look();
    const timer = setInterval(look, k_look_again_ms);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, []);
  if (elections === null) {
    return <p role="status">{t.text(failing ? "cannot load" : "loading")}</p>;
  }
  const changed = (election: Election) => {
    newest.current.changed();
    setElections((all) => [...(all ?? []).filter((other) => other.id !== election.id), election].sort((a, b) => (a.id < b.id ? -1 : 1)));
  };
  const leave = () => setView({ at: "list" });
  const found = view.at === "one" || view.at === "edit" ? elections.find((election) => election.id === view.id) : undefined;
  const inside =
    view.at === "new" ? (
      <Editor
        draft={newDraft()}
        isNew
        issuers={issuers}
        onLeave={leave}
        onSave={async (draft) => {
          const answer = await administration.create(toDefinition(draft));
          if (answer !== null && answer.status < 300) {
            changed(answer.body);
            setView({ at: "one", id: answer.body.id });
          }
          return answer;
        }}
      />
    ) : found === undefined ? (
      <List elections={elections} onGo={setView} onSignOut={onSignOut} />
    ) : view.at === "edit" ? (
      <Editor
        key={found.id}
        draft={fromElection(found)}
        isNew={false}
        issuers={issuers}
        onLeave={() => setView({ at: "one", id: found.id })}
        onSave={async (draft) => {
          const answer = await administration.change(found.id, toPatch(draft));
          if (answer !== null && answer.status < 300) {
            changed(answer.body);
            setView({ at: "one", id: found.id });
          }
          return answer;
        }}
      />
    ) : (
      <Panel
        key={found.id}
        election={found}
        administration={administration}
        onChanged={changed}
        onEdit={() => setView({ at: "edit", id: found.id })}
        onLeave={leave}
      />
    );
  return (
    <>
      {failing && (
        <p class="problem" role="alert">
          {t.text("cannot load")}
        </p>
      )}
      {inside}
    </>
  );
}

function App() {
  const t = useText();
  const [token, setToken] = useState<string | null>(keptToken);
  const [issuers, setIssuers] = useState<Issuer[]>([]);
  useEffect(() => {
    ask<Issuer[]>((path, init) => fetch(path, init), "GET", "/v1/sign-in").then(
      (reply) => reply.status === 200 && setIssuers(reply.body),
      () => undefined,
    );
  }, []);
  document.title = t.text("administration");
  const use = (next: string | null) => {
    keepToken(next);
    setToken(next);
  };
  return (
    <Page development={issuers.some((issuer) => issuer.kind === "development")}>
      {token === null ? (
        <TokenForm onToken={use} />
      ) : (
        <Signed administration={new Administration(token)} issuers={issuers} onSignOut={() => use(null)} />
      )}
    </Page>
  );
}

document.body.classList.add("administration");
start(texts, () => <App />);

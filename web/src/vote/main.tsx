// The voter's page.
import "./vote.css";

import { useState } from "preact/hooks";

import { issuersOf, takeHandedOver } from "../shared/sign_in.ts";
import { partOfPath, start } from "../shared/start.tsx";
import { tabStorage } from "../shared/storage.ts";
import { Heading, Page, useText } from "../shared/ui.tsx";
import { askForElection, useElection } from "./election.ts";
import { load, save, signedIn } from "./kept.ts";
import { Closed, NotYet } from "./not_open.tsx";
import { texts } from "./texts.ts";
import { Voting } from "./voting.tsx";

const election_id = partOfPath(2);
// While the texts are still on their way: a round trip less until there is something to do.
const asked = askForElection(election_id);
asked.catch(() => undefined); // whoever waits for it sees that it failed

// Somebody who comes back from a provider goes on where they were.
function takeSignIn(): void {
  const idToken = takeHandedOver(tabStorage(), election_id);
  if (idToken !== null) {
    save(tabStorage(), election_id, signedIn(load(tabStorage(), election_id), idToken));
  }
}

function hasBegun(): boolean {
  const kept = load(tabStorage(), election_id);
  return kept.idToken !== undefined || kept.receipt !== undefined;
}

function App() {
  const t = useText();
  const { loaded, failing } = useElection(election_id, asked);
  const [asking, setAsking] = useState(false);
  const [begun] = useState(hasBegun);
  if (loaded === null) {
    return (
      <Page>
        <p role="status">{t.text(failing ? "cannot load" : "loading")}</p>
      </Page>
    );
  }
  const { election, issuers } = loaded;
  if (election === null) {
    return (
      <Page>
        <Heading>{t.text("no election")}</Heading>
        <p>{t.text("no election advice")}</p>
      </Page>
    );
  }
  document.title = election.title;
  const isOver = election.state === "closed" || election.state === "certified";
  return (
    <Page development={issuersOf(election, issuers).some((issuer) => issuer.kind === "development")}>
      {isOver && !asking && !begun ? (
        <Closed election={election} onAsk={() => setAsking(true)} />
      ) : isOver || election.state === "open" ? (
        <Voting election={election} issuers={issuers} />
      ) : (
        <NotYet election={election} />
      )}
    </Page>
  );
}

takeSignIn();
// Whoever comes back here with the browser's own button finds what is kept now, not what was shown then.
window.addEventListener("pageshow", (event) => event.persisted && location.reload());
start(texts, () => <App />);

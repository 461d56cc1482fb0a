// The election as it is now, and who lets people in.
import { useEffect, useState } from "preact/hooks";

import { ask, type Election, electionPath, type Issuer, type Reply } from "../shared/api.ts";
import { world } from "./world.ts";

const k_load_again_ms = 3_000;

type Asked = [Reply<Election>, Reply<Issuer[]>];

export function askForElection(id: string): Promise<Asked> {
  return Promise.all([
    ask<Election>(world.fetch, "GET", electionPath(id)),
    ask<Issuer[]>(world.fetch, "GET", "/v1/sign-in"),
  ]);
}

export interface Loaded {
  election: Election | null; // null: there is none of this name
  issuers: Issuer[];
}

// The election as it is now; asks again while it cannot be had, and while voting has not begun. `first` has been asked for
// already.
export function useElection(id: string, first: Promise<Asked>): { loaded: Loaded | null; failing: boolean } {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [failing, setFailing] = useState(false);
  useEffect(() => {
    let stopped = false;
    const again = async (asked: Promise<Asked>): Promise<void> => {
      let wait = true;
      try {
        const [election, issuers] = await asked;
        if (stopped) {
          return;
        }
        if (election.status === 404) {
          setLoaded({ election: null, issuers: [] });
          wait = false;
        } else if (election.status === 200 && issuers.status === 200) {
          setLoaded({ election: election.body, issuers: issuers.body });
          wait = election.body.state === "draft" || election.body.state === "scheduled";
        }
        setFailing(election.status !== 404 && (election.status !== 200 || issuers.status !== 200));
      } catch {
        setFailing(true);
      }
      if (wait && !stopped) {
        await world.pause(k_load_again_ms * (1 + Math.random()));
        return stopped ? undefined : again(askForElection(id));
      }
    };
    void again(first);
    return () => {
      stopped = true;
    };
  }, [id]);
  return { loaded, failing };
}

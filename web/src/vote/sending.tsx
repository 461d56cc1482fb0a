// While it is not known yet what became of the vote.
import { useEffect, useState } from "preact/hooks";

import type { Ballot, Election } from "../shared/api.ts";
import { Heading, useText } from "../shared/ui.tsx";
import { toSend } from "./ballot.ts";
import { type Attempt, castUntilKnown, type Outcome } from "./casting.ts";
import { world } from "./world.ts";

export function Sending(props: {
  asking: boolean;
  election: Election;
  ballot: Ballot;
  attempt: Attempt;
  onKnown: (outcome: Outcome) => void;
}) {
  const t = useText();
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    let gone = false;
    const ballot = toSend(props.election.contests, props.ballot);
    castUntilKnown(world, props.election.id, ballot, props.attempt, (n) => !gone && setFailures(n)).then(
      (outcome) => !gone && props.onKnown(outcome),
    );
    return () => {
      gone = true;
    };
  }, []);
  return (
    <>
      <Heading>{t.text(props.asking ? "asking" : "sending")}</Heading>
      <p class="working" aria-hidden="true" />
      <div role="status">
        {failures === 0 ? (
          <p>{t.text("sending advice")}</p>
        ) : (
          <>
            <p class="alarm">{t.text("still sending")}</p>
            {!props.asking && <p>{t.text("still sending advice")}</p>}
          </>
        )}
      </div>
    </>
  );
}

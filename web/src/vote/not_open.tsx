// Before voting has begun, and after it has ended.
import type { Election } from "../shared/api.ts";
import { Heading, useText } from "../shared/ui.tsx";

export function NotYet({ election }: { election: Election }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text("not yet")}</Heading>
      <p>{election.title}</p>
      {election.opens_at !== undefined && <p>{t.text("opens at", { time: t.time(election.opens_at) })}</p>}
      <p role="status">{t.text("opens later")}</p>
    </>
  );
}

export function Closed({ election, onAsk }: { election: Election; onAsk: () => void }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text("closed")}</Heading>
      <p>
        <a href={`/results/${election.id}`}>{t.text("show results")}</a>
      </p>
      {election.state === "closed" && (
        <>
          <p>{t.text("closed advice")}</p>
          <button type="button" onClick={onAsk}>
            {t.text("ask")}
          </button>
        </>
      )}
    </>
  );
}

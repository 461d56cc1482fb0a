// The ballot beside the form, as voters will see it.
import { useMemo, useState } from "preact/hooks";

import type { Ballot } from "../shared/api.ts";
import { useText } from "../shared/ui.tsx";
import { ContestForm } from "../vote/contest.tsx";
import { type Draft, preview } from "./draft.ts";

export function Preview({ draft }: { draft: Draft }) {
  const t = useText();
  const [ballot, setBallot] = useState<Ballot>({});
  const contests = useMemo(() => preview(draft), [draft]);
  return (
    <section class="preview" aria-label={t.text("preview")}>
      <h2>{t.text("preview")}</h2>
      <p class="more">{t.text("preview advice")}</p>
      <h3>{draft.title === "" ? "…" : draft.title}</h3>
      {draft.description !== "" && <p>{draft.description}</p>}
      {contests.map((contest) => (
        <ContestForm
          key={`${contest.id} ${contest.method}`}
          contest={contest}
          answer={ballot[contest.id]}
          problem={null}
          onAnswer={(answer) => setBallot({ ...ballot, [contest.id]: answer })}
        />
      ))}
    </section>
  );
}

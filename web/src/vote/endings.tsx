// How it ends: with a receipt, or with the reason why there is none.
import type { Election, Receipt } from "../shared/api.ts";
import { ServiceWords } from "../shared/trouble.tsx";
import { Heading, useText } from "../shared/ui.tsx";
import { ReceiptCard } from "./receipt.tsx";

export function Receipted({ election, kind, receipt, onOther }: { election: Election; kind: string; receipt: Receipt; onOther: () => void }) {
  const t = useText();
  return (
    <>
      <p class="tick" aria-hidden="true">
        ✓
      </p>
      <Heading>{t.text(kind)}</Heading>
      <p>{t.text(`${kind} advice`)}</p>
      <ReceiptCard receipt={receipt} />
      {election.results === "live" || election.state !== "open" ? (
        <p>
          <a href={`/results/${election.id}`}>{t.text("show results")}</a>
        </p>
      ) : (
        <p>{t.text("results later")}</p>
      )}
      <p>{t.text("done")}</p>
      {election.state === "open" && (
        <p>
          <button type="button" onClick={onOther}>
            {t.text("other voter")}
          </button>
        </p>
      )}
    </>
  );
}

export function Invalid({ detail, onBack }: { detail: string; onBack: () => void }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text("invalid")}</Heading>
      <p>
        {t.text("invalid advice")}
        {detail !== "" && <ServiceWords detail={detail} />}
      </p>
      <button type="button" class="main" onClick={onBack}>
        {t.text("back")}
      </button>
    </>
  );
}

export type Ending = "not open" | "not eligible" | "sealed" | "no election";

export function End({ kind, election, onOther }: { kind: Ending; election: Election; onOther: () => void }) {
  const t = useText();
  return (
    <>
      <Heading>{t.text(kind)}</Heading>
      <p>{t.text(`${kind} advice`)}</p>
      {kind === "not eligible" && election.eligibility?.require_mfa === true && <p>{t.text("second factor")}</p>}
      {kind === "not eligible" ? (
        <button type="button" onClick={onOther}>
          {t.text("other sign in")}
        </button>
      ) : (
        <p>
          <a href={`/results/${election.id}`}>{t.text("show results")}</a>
        </p>
      )}
    </>
  );
}

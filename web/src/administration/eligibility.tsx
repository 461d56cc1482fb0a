// Who may vote, as a part of the form.
import type { Issuer } from "../shared/api.ts";
import { useText } from "../shared/ui.tsx";
import { type Draft, mayVoteTwice } from "./draft.ts";
import { Field } from "./fields.tsx";

export function Eligibility({ draft, issuers, onChange }: { draft: Draft; issuers: Issuer[]; onChange: (change: Partial<Draft>) => void }) {
  const t = useText();
  const configured = issuers.map((issuer) => issuer.issuer);
  const toggle = (issuer: string) =>
    onChange({
      issuers: draft.issuers.includes(issuer) ? draft.issuers.filter((other) => other !== issuer) : [...draft.issuers, issuer],
    });
  return (
    <fieldset class="raised">
      <legend>{t.text("who may vote")}</legend>
      <p class="more">{t.text("every issuer unless")}</p>
      {configured.map((issuer) => (
        <label key={issuer} class="check">
          <input type="checkbox" checked={draft.issuers.includes(issuer)} onChange={() => toggle(issuer)} />
          <span>{issuer}</span>
        </label>
      ))}
      <Field pointer="/eligibility/claim" label={t.text("claim")} value={draft.claim} onValue={(claim) => onChange({ claim })} />
      <label class="check">
        <input type="checkbox" checked={draft.uniqueBy === "claim"} onChange={(event) => onChange({ uniqueBy: event.currentTarget.checked ? "claim" : "issuer" })} />
        <span>{t.text("unique by claim")}</span>
      </label>
      <label class="check">
        <input type="checkbox" checked={draft.requireMfa} onChange={(event) => onChange({ requireMfa: event.currentTarget.checked })} />
        <span>{t.text("require mfa")}</span>
      </label>
      {mayVoteTwice(draft, configured) && (
        <p class="problem" role="status">
          {t.text("could vote twice")}
        </p>
      )}
    </fieldset>
  );
}

// Turnout over time, as this tab has seen it: a line, and the numbers it is made of.
import { useText } from "../shared/ui.tsx";
import type { Sample } from "./export.ts";

const k_width = 1000;
const k_height = 300;
const k_rows_max = 10;

export function TurnoutPlot({ samples }: { samples: Sample[] }) {
  const t = useText();
  const first = samples[0];
  const last = samples[samples.length - 1];
  if (first === undefined || last === undefined) {
    return <p class="more">{t.text("no turnout")}</p>;
  }
  const most = Math.max(1, last.counted);
  const span = Math.max(1, last.at - first.at);
  const points = samples
    .map((sample) => `${((sample.at - first.at) / span) * k_width},${k_height - (sample.counted / most) * k_height}`)
    .join(" ");
  const time = (at: number) => t.time(new Date(at).toISOString(), { timeStyle: "medium" });
  const rows = samples.slice(-k_rows_max).reverse();
  return (
    <figure class="turnout">
      <figcaption>{t.text("turnout since", { time: t.time(new Date(first.at).toISOString(), { dateStyle: "medium", timeStyle: "medium" }) })}</figcaption>
      <svg viewBox={`0 0 ${k_width} ${k_height}`} preserveAspectRatio="none" role="img" aria-label={t.text("turnout plot", { n: last.counted, time: time(last.at) })}>
        <polyline points={points} vector-effect="non-scaling-stroke" />
      </svg>
      <details>
        <summary>{t.text("turnout numbers")}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.text("time")}</th>
              <th scope="col">{t.text("counted ballots")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((sample) => (
              <tr key={sample.at}>
                <td>{time(sample.at)}</td>
                <td class="figure">{t.number(sample.counted)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

// The receipt: shown, copied, saved, and as a QR code.
import { encode } from "uqr";
import { useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Receipt } from "../shared/api.ts";
import { useText } from "../shared/ui.tsx";

// The same in every language: what an auditor types in.
export function receiptText(receipt: Receipt): string {
  const place = `${receipt.election}/${receipt.partition}/${receipt.offset}`;
  return receipt.ballot_hash === undefined ? place : `${place}/${receipt.ballot_hash}`;
}

export function ReceiptCard({ receipt }: { receipt: Receipt }) {
  const t = useText();
  const [copied, setCopied] = useState<"copied" | "marked" | null>(null);
  const [tries, setTries] = useState(0);
  const field = useRef<HTMLInputElement>(null); // there when it must be copied by hand: the whole of it is marked
  useLayoutEffect(() => field.current?.select(), [copied, tries]);
  const text = receiptText(receipt);
  const copy = async () => {
    setTries(tries + 1);
    try {
      await navigator.clipboard.writeText(text);
      setCopied("copied");
    } catch {
      setCopied("marked"); // no clipboard, or not for this page
    }
  };
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/plain" }));
    link.download = `receipt-${receipt.election}.txt`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  return (
    <section class="receipt" aria-label={t.text("receipt")}>
      <dl>
        <dt>{t.text("receipt election")}</dt>
        <dd>{receipt.election}</dd>
        <dt>{t.text("receipt place")}</dt>
        <dd>{t.text("receipt place value", { partition: String(receipt.partition), offset: String(receipt.offset) })}</dd>
        {receipt.ballot_hash !== undefined && (
          <>
            <dt>{t.text("receipt mark")}</dt>
            <dd class="mark">{receipt.ballot_hash}</dd>
          </>
        )}
      </dl>
      <QrCode text={text} label={t.text("qr")} />
      <p class="buttons">
        <button type="button" onClick={copy}>
          {t.text("copy")}
        </button>
        <button type="button" onClick={save}>
          {t.text("save")}
        </button>
        <span role="status">{copied === null ? "" : t.text(copied)}</span>
      </p>
      {copied === "marked" && <input class="mark" dir="ltr" readOnly ref={field} value={text} aria-label={t.text("receipt")} />}
    </section>
  );
}

function QrCode(props: { text: string; label: string }) {
  const code = encode(props.text, { border: 2 });
  let path = "";
  code.data.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) {
        path += `M${x} ${y}h1v1h-1z`;
      }
    });
  });
  return (
    <svg class="qr" role="img" aria-label={props.label} viewBox={`0 0 ${code.size} ${code.size}`} shape-rendering="crispEdges">
      <rect width="100%" height="100%" fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

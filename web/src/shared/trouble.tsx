// What went wrong, in the reader's language, and below it the words of the service, which speaks English only.
export interface Trouble {
  text: string;
  detail?: string;
}

export function TroubleText({ trouble }: { trouble: Trouble }) {
  return (
    <>
      {trouble.text}
      {trouble.detail !== undefined && trouble.detail !== "" && <ServiceWords detail={trouble.detail} />}
    </>
  );
}

export function ServiceWords({ detail }: { detail: string }) {
  return (
    <span class="service-words" lang="en" dir="auto">
      {detail}
    </span>
  );
}

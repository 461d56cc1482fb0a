// What is kept for this tab only; null where the browser keeps nothing.
export function tabStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

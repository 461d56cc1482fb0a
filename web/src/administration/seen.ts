// What this tab has seen of an election's turnout: survives a reload.
import { tabStorage } from "../shared/storage.ts";
import type { Sample } from "./export.ts";

const nameOf = (election: string) => `ostraka.turnout.${election}`;

export function restored(kept: unknown): Sample[] {
  const isSample = (one: unknown) => {
    const sample = one as Sample | null;
    return typeof sample === "object" && sample !== null && Number.isFinite(sample.at) && Number.isFinite(sample.counted);
  };
  return Array.isArray(kept) && kept.every(isSample) ? (kept as Sample[]) : [];
}

// As far as this can be what went before: fewer ballots than there were once are those of another election of the same name.
export function before(kept: Sample[], first: Sample): Sample[] {
  const last = kept[kept.length - 1];
  return last !== undefined && last.at <= first.at && last.counted > first.counted ? [] : kept;
}

export function loadSeen(election: string): Sample[] {
  try {
    return restored(JSON.parse(tabStorage()?.getItem(nameOf(election)) ?? "[]"));
  } catch {
    return [];
  }
}

export function keepSeen(election: string, samples: Sample[]): void {
  try {
    tabStorage()?.setItem(nameOf(election), JSON.stringify(samples));
  } catch {
    // then it begins anew after a reload
  }
}

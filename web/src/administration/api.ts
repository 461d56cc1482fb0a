// The administrator's calls. The token stays in this tab.
import { ask, type Election, electionPath, type Problem, type Reply } from "../shared/api.ts";

const own_fetch = (path: string, init: RequestInit) => fetch(path, init);
const k_kept = "ostraka.admin";

export type Answered = Reply<Election & Problem> | null; // null: no answer; sending the same again is safe

export function keptToken(): string | null {
  try {
    return sessionStorage.getItem(k_kept);
  } catch {
    return null;
  }
}

export function keepToken(token: string | null): void {
  try {
    if (token === null) {
      sessionStorage.removeItem(k_kept);
    } else {
      sessionStorage.setItem(k_kept, token);
    }
  } catch {
    // then it is asked for after a reload
  }
}

export class Administration {
  constructor(readonly token: string) {}

  // There is no call that only checks a token: a definition that cannot be is refused for it last.
  async isGood(): Promise<boolean | null> {
    const answer = await this.send("POST", "/v1/elections", {});
    return answer === null || answer.status >= 500 || answer.status === 429 ? null : answer.status !== 401 && answer.status !== 403;
  }
  create(definition: object): Promise<Answered> {
    return this.send("POST", "/v1/elections", definition);
  }
  change(id: string, patch: object): Promise<Answered> {
    return this.send("PATCH", electionPath(id), patch);
  }
  act(id: string, act: "open" | "close" | "certify"): Promise<Answered> {
    return this.send("POST", `${electionPath(id)}/${act}`, {});
  }
  private async send(method: "POST" | "PATCH", path: string, body: object): Promise<Answered> {
    try {
      return await ask<Election & Problem>(own_fetch, method, path, { token: this.token, body });
    } catch {
      return null;
    }
  }
}

export async function listElections(): Promise<Election[] | null> {
  try {
    const reply = await ask<Election[]>(own_fetch, "GET", "/v1/elections");
    return reply.status === 200 ? reply.body : null;
  } catch {
    return null;
  }
}

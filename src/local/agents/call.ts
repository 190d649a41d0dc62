import { setTimeout as sleep } from "node:timers/promises";

/** A client of the HTTP API, small as anybody's: one key, and another try when the API is not ready yet. */
export type Call = <T>(method: "GET" | "POST", path: string, body?: unknown) => Promise<T>;

export function createCall(apiUrl: string, key: string, stopped: AbortSignal): Call {
  return async <T>(method: "GET" | "POST", path: string, body?: unknown) => {
    for (let attempt = 0; ; attempt++) {
      const response = await fetch(`${apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        signal: stopped,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.ok) return (await response.json()) as T;
      const problem = (await response.json().catch(() => ({}))) as { detail?: string };
      if (response.status !== 503 || attempt >= 10) throw new Error(`${response.status}: ${problem.detail ?? "no answer"}`);
      await sleep(500, undefined, { signal: stopped });
    }
  };
}

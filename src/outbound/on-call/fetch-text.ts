/** Reading a text from a service that an operator named: bounded in time and size, with a sentence instead of an exception when it fails. */
export type Fetched = { ok: true; text: string } | { ok: false; why: string };

const TIMEOUT_MS = 5000;

export async function fetchText(url: string, headers: Record<string, string>, bytesMax: number): Promise<Fetched> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) {
      await response.body?.cancel();
      return { ok: false, why: `it answered ${response.status}` };
    }
    return await readBounded(response, bytesMax);
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    return { ok: false, why: late ? `no answer within ${TIMEOUT_MS / 1000} s` : "it could not be reached" };
  }
}

async function readBounded(response: Response, bytesMax: number): Promise<Fetched> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return { ok: false, why: `its answer is larger than ${Math.round(bytesMax / 1024)} KiB` };
    chunks.push(chunk);
  }
  return { ok: true, text: Buffer.concat(chunks).toString("utf8") };
}

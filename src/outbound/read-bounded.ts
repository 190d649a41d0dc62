/** The text of an answer, null as soon as it is larger than that: whoever answers does not say how much memory it takes. */
export async function readBounded(body: AsyncIterable<Uint8Array> | null, bytesMax: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

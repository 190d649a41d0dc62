/** About how much memory a value of JSON and dates holds: counted, not written out. */
export function roughBytes(value: unknown): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 64;
  for (const [name, one] of Object.entries(value)) bytes += 2 * name.length + roughBytes(one);
  return bytes;
}

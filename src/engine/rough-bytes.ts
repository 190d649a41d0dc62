/** About how much memory a value of JSON and dates holds: counted, not written out. */
export function roughBytes(value: unknown): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 64;
  for (const [name, one] of Object.entries(value)) bytes += 2 * name.length + roughBytes(one);
  return bytes;
}

/** What stays the same object from one revision of an escalation to the next is counted once. */
const counted = new WeakMap<object, number>();

/** The same of the members of an object; each of them must not change any more. */
export function roughBytesOfMembers(object: object): number {
  let bytes = 64;
  for (const [name, one] of Object.entries(object)) {
    const isShared = typeof one === "object" && one !== null;
    const size = (isShared ? counted.get(one) : undefined) ?? roughBytes(one);
    if (isShared) counted.set(one, size);
    bytes += 2 * name.length + size;
  }
  return bytes;
}

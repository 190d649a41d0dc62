/** How one text became another, line by line. Pure, and bounded whatever the texts are. */
export type DiffLine = { op: "same" | "removed" | "added"; text: string };

/** Lines of the two sides that are compared, multiplied; beyond this all of the one stands for all of the other. */
const CELLS_MAX = 250_000;

export function diffOf(before: string, after: string): DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return [
    ...as("same", a.slice(0, start)),
    ...between(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...as("same", a.slice(a.length - end)),
  ];
}

const as = (op: DiffLine["op"], lines: readonly string[]): DiffLine[] => lines.map((text) => ({ op, text }));

/** By the longest lines that both have in the same order. */
function between(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length * b.length > CELLS_MAX) return [...as("removed", a), ...as("added", b)];
  const width = b.length + 1;
  const common = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ op: "same", text: a[i++] ?? "" });
      j++;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) lines.push({ op: "removed", text: a[i++] ?? "" });
    else lines.push({ op: "added", text: b[j++] ?? "" });
  }
  return lines;
}

/** One place that differs, with a little of what stands around it; empty where there was, or is, nothing. */
export type Place = { from: string; to: string };

/** The places that differ, each cut down to what differs there. */
export function placesOf(before: string, after: string): Place[] {
  const places: Place[] = [];
  let open: { from: string[]; to: string[] } | null = null;
  for (const { op, text } of [...diffOf(before, after), { op: "same", text: "" } as const]) {
    if (op === "same") {
      if (open !== null) places.push(narrowed(open.from.join("\n"), open.to.join("\n")));
      open = null;
      continue;
    }
    open ??= { from: [], to: [] };
    open[op === "removed" ? "from" : "to"].push(text);
  }
  return places;
}

/** Words that stand before and after it, so that one knows where it is. */
const AROUND_WORDS = 2;

function narrowed(from: string, to: string): Place {
  if (from === "" || to === "") return { from, to };
  const [a, b] = [from.split(/(?<=\s)/u), to.split(/(?<=\s)/u)];
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [first, last] = [Math.max(0, start - AROUND_WORDS), Math.max(0, end - AROUND_WORDS)];
  const cut = (words: readonly string[]): string =>
    `${first > 0 ? "…" : ""}${words
      .slice(first, words.length - last)
      .join("")
      .trim()}${last > 0 ? "…" : ""}`;
  return { from: cut(a), to: cut(b) };
}

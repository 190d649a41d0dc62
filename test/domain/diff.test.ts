import fc from "fast-check";
import { expect, test } from "vitest";
import { diffOf, placesOf } from "../../src/domain/base/diff.ts";
import { runs } from "../support/properties.ts";

const lines = fc.array(fc.constantFrom("a", "b", "c", "", "a b"), { maxLength: 30 }).map((some) => some.join("\n"));

test("the lines that stayed and went are the text before, those that stayed and came the text after", () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const diff = diffOf(before, after);
      const side = (other: string) => diff.flatMap(({ op, text }) => (op === other ? [] : [text])).join("\n");
      expect(side("added")).toBe(before);
      expect(side("removed")).toBe(after);
      if (before === after) expect(diff.every(({ op }) => op === "same")).toBe(true);
    }),
    runs(500),
  );
});

test("a line in the middle that changed is one removed and one added, and its place is cut down to the words around it", () => {
  const [before, after] = ["Dear you,\nit comes on Friday, as we said.\nBye", "Dear you,\nit comes on Monday, as we said.\nBye"];
  expect(diffOf(before, after).map(({ op }) => op)).toEqual(["same", "removed", "added", "same"]);
  expect(placesOf(before, after)).toEqual([{ from: "…comes on Friday, as we…", to: "…comes on Monday, as we…" }]);
  expect(placesOf("a\nb", "a\nnew\nb")).toEqual([{ from: "", to: "new" }]);
  expect(placesOf("a\nold\nb", "a\nb")).toEqual([{ from: "old", to: "" }]);
});

test("two texts of twelve thousand lines take no time to speak of", () => {
  const started = performance.now();
  diffOf("a\n".repeat(6000), "\nb".repeat(6000));
  placesOf("x ".repeat(6000), "y ".repeat(6000));
  expect(performance.now() - started).toBeLessThan(500);
});

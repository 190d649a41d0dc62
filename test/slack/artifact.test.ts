import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { editableText } from "../../src/domain/base/inert.ts";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { blockFaults, viewFaults } from "../../src/local/slack/validate.ts";
import { renderCard } from "../../src/slack/cards/card.ts";
import { viewOf } from "../../src/slack/cards/view.ts";
import { detailsModal } from "../../src/slack/modals/details.ts";
import { editAgainModal, editModal, readText } from "../../src/slack/modals/edit.ts";
import { VIEW_BYTES_MAX } from "../../src/slack/modals/frame.ts";
import { approveModal } from "../../src/slack/modals/modals.ts";
import { asSeen } from "../../src/slack/text.ts";
import { expectInert, NASTY } from "../support/any-brief.ts";
import { readArtifact } from "../support/artifact.ts";
import { seenOf } from "../support/card.ts";
import { directory, opened } from "../support/domain.ts";
import { runs } from "../support/properties.ts";

/** A text of an agent as people see it: whole or said to be a beginning, inert, and within what Slack takes. */
const written = (content: string): Escalation => opened(readArtifact(content), "email-agent");
const cardOf = (e: Escalation) => renderCard(viewOf(e, directory), e.ruling.channel);
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

/** As much of anything hostile as a text may hold. */
const hostile = fc
  .array(fc.constantFrom(...NASTY, "\n", "\t", "\r\n", "\u2066\u2069", "𝕏", "漢字"), { minLength: 1, maxLength: 60 })
  .map((parts) => parts.join(" "))
  .chain((text) => fc.constantFrom(text, text.repeat(Math.ceil(12_000 / text.length))))
  .map((text) => text.slice(0, 12_000).toWellFormed().replaceAll("\u0000", ""))
  .filter((text) => /\S/.test(text));

test("a short text stands on its card whole and can be approved there; of a long one it is its beginning, and says so", () => {
  const short = cardOf(written("Dear Ms. Chen,\nit is on its way."));
  expect(short.complete).toBe(true);
  expect(seenOf(short.blocks)).toContain("Dear Ms. Chen,\nit is on its way.");
  const long = cardOf(written(`Dear Ms. Chen,\n${"very ".repeat(500)}sorry`));
  expect(long.complete).toBe(false);
  expect(seenOf(long.blocks)).toMatch(/Dear Ms. Chen,[\s\S]*…[\s\S]*beginning: \d+ of 2,520 characters/);
});

test("any text of 12,000 characters is inert on its card and in its forms, and is shown there to its end", () => {
  fc.assert(
    fc.property(hostile, (content) => {
      const e = written(content);
      const card = cardOf(e);
      expect(blockFaults(plain(card.blocks), "message")).toEqual([]);
      expect(JSON.stringify(card.blocks).length).toBeLessThan(13_200);
      expectInert(card.blocks, card.text);
      for (const view of [approveModal(e), detailsModal(viewOf(e, directory), [])]) {
        expect(viewFaults(plain(view))).toEqual([]);
        expectInert(view.blocks, "");
        expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(VIEW_BYTES_MAX);
      }
      const letters = (text: string) => text.replaceAll(/[^A-Za-z]/g, "");
      expect(letters(seenOf(approveModal(e).blocks))).toContain(letters(asSeen(content)).slice(-40));
    }),
    runs(60),
  );
});

test("what cannot be seen in a text is counted on its card", () => {
  expect(seenOf(cardOf(written("pay\u200Bpal \u202Eevil")).blocks)).toContain("Can't be seen: 2 characters of the text");
  expect(seenOf(cardOf(written("tabs\tand\nlines \uFFFD are seen")).blocks)).not.toContain("Can't be seen");
});

/** What Slack sends back of a form that nobody has touched. */
const untouched = (blocks: readonly object[]) =>
  Object.fromEntries(
    (blocks as { block_id?: string; element?: { initial_value?: string } }[]).flatMap(({ block_id = "", element }) =>
      element === undefined ? [] : [[block_id, { [block_id]: { value: element.initial_value ?? null } }]],
    ),
  );
const noteOf = ({ private_metadata = "" }: { private_metadata?: string }) => private_metadata.split(" ")[1] ?? "";

test("the form gives any text back as it was shown there, in inputs that Slack takes", () => {
  fc.assert(
    fc.property(hostile, (content) => {
      for (const view of [editModal(written(content)), editAgainModal(written("another"), editableText(content))]) {
        expect(viewFaults(plain(view))).toEqual([]);
        expectInert(view.blocks);
        expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(VIEW_BYTES_MAX);
        expect(readText(untouched(view.blocks), noteOf(view))).toBe(editableText(content));
        expect(view.private_metadata).toMatch(/^esc_[0-9A-Za-z]+:1( [0-9s]+)?$/);
      }
    }),
    runs(60),
  );
});

test("an input that loses the blanks around what it holds loses none of a text's own", () => {
  const paragraphs = `${"word ".repeat(200).trim()}\n\n`.repeat(8).trim();
  const view = editModal(written(paragraphs));
  const state = untouched(view.blocks);
  for (const one of Object.values(state)) for (const input of Object.values(one)) input.value = input.value?.trim() ?? null;
  expect(readText(state, noteOf(view))).toBe(paragraphs);
});

test("what differs of an edited text stands on its card, and all of it with the text as the agent wrote it in the full brief", () => {
  const before = `Dear Ms. Chen,\n${"the same line\n".repeat(40)}it comes on Friday <!channel>.\nKind regards`;
  const e = written(before);
  const subject = {
    kind: "artifact" as const,
    artifact: { media_type: "text/plain", content: before.replace("on Friday", "soon") },
  };
  const edited = { ...e, subject, modifiedBy: "U0TOM", version: 2 };
  expect(seenOf(cardOf(edited).blocks)).toContain("Changed by <@U0TOM>: “it comes on Friday &lt;!channel&gt;.” → “it comes soon");
  const brief = seenOf(detailsModal(viewOf(edited, directory), []).blocks);
  expect(brief).toContain("- it comes on Friday <!channel>.\n+ it comes soon <!channel>.");
  expect(brief).toContain("As the agent wrote it");
  expectInert(detailsModal(viewOf(edited, directory), []).blocks);
});

describe("evidence that is a diff", () => {
  const withDiffs = (diffs: { before: string; after: string }[]) => {
    const evidence = diffs.map((diff, i) => ({ title: `Change ${i}`, diff }));
    return opened(readArtifact("x", { brief: { decision_required: "?", trigger: { kind: "policy" }, evidence } }), "email-agent");
  };
  const briefOf = (e: Escalation) => detailsModal(viewOf(e, directory), []);

  test("stands in the full brief line by line, as it is and with what surrounds it", () => {
    const seen = seenOf(briefOf(withDiffs([{ before: "a\nport: 80\nb\nc\nd\ne", after: "a\nport: 443\nb\nc\nd\ne" }])).blocks);
    expect(seen).toContain("What differs  Change 0\n  a\n- port: 80\n+ port: 443\n  b\n  c\n…");
  });

  test("is inert and within what Slack takes, however many there are and whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ before: hostile, after: hostile }), { minLength: 1, maxLength: 20 }), (diffs) => {
        const cut = diffs.map(({ before, after }) => ({
          before: before.slice(0, 8000).toWellFormed(),
          after: after.slice(0, 8000).toWellFormed(),
        }));
        const view = briefOf(withDiffs(cut));
        expect(viewFaults(plain(view))).toEqual([]);
        expectInert(view.blocks);
        expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(VIEW_BYTES_MAX);
      }),
      runs(20),
    );
    const full = briefOf(
      withDiffs(Array.from({ length: 20 }, () => ({ before: "文\n".repeat(4000), after: "字\n".repeat(4000) }))),
    );
    expect(viewFaults(plain(full))).toEqual([]);
    expect(seenOf(full.blocks)).toContain("More differs here than there is room for.");
  });

  test("is no longer than 8,000 characters on either side", () => {
    expect(() => withDiffs([{ before: "x".repeat(8001), after: "" }])).toThrow(/before/);
  });
});

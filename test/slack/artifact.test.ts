import fc from "fast-check";
import { expect, test } from "vitest";
import type { Escalation } from "../../src/domain/shapes/escalation.ts";
import { blockFaults, viewFaults } from "../../src/local/slack/validate.ts";
import { renderCard } from "../../src/slack/cards/card.ts";
import { viewOf } from "../../src/slack/cards/view.ts";
import { detailsModal } from "../../src/slack/modals/details.ts";
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

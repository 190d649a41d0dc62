import fc from "fast-check";
import { expect, test } from "vitest";
import { defanged, quoted } from "../../src/domain/base/inert.ts";
import { blockFaults } from "../../src/local/slack/validate.ts";
import { clipMrkdwn, mrkdwnPieces, spoken } from "../../src/slack/mrkdwn.ts";
import { escapeMrkdwn, withMentions } from "../../src/slack/text.ts";

const part = fc.oneof(
  fc.constantFrom("<@U0ANNA>", "<!date^1^{time}|12:00 UTC>", "&amp;", "&lt;", "\n", "*bold*", "🙂"),
  fc.string({ maxLength: 30 }).map(escapeMrkdwn),
);
const mrkdwn = fc.array(part, { maxLength: 200 }).map((parts) => parts.join(""));

test("a cut goes through no mention, no date, no entity and no character", () => {
  fc.assert(
    fc.property(mrkdwn, fc.integer({ min: 50, max: 400 }), (text, max) => {
      const pieces = mrkdwnPieces(text, max);
      expect(pieces.join("")).toBe(text);
      for (const piece of [...pieces, clipMrkdwn(text, max)]) {
        expect(piece.length).toBeLessThanOrEqual(max);
        expect(piece.isWellFormed()).toBe(true);
        expect(piece.replaceAll(/<@U0ANNA>|<!date\^1\^\{time\}\|12:00 UTC>|&(amp|lt|gt);/g, "")).not.toMatch(/[<>&]/);
      }
    }),
  );
});

test("words of any length fit one message, as blocks that Slack does not parse further", () => {
  for (const text of ["", "short", "line\n".repeat(2000), escapeMrkdwn("<&>".repeat(3000)), '"'.repeat(15_000)]) {
    const said = spoken(text);
    expect(blockFaults(said.blocks, "message")).toEqual([]);
    expect(JSON.stringify(said.blocks).length).toBeLessThan(13_200);
    expect(said.text.length).toBeLessThanOrEqual(4000);
    expect(said.blocks.every((block) => block.text?.type === "mrkdwn" && block.text.verbatim)).toBe(true);
  }
});

test("what an alarm quotes mentions nobody, and outside Slack no host of an agent becomes a link", () => {
  const title = quoted("Weekend <@U0CHRIS> <!channel>", 80);
  expect(withMentions(`<@U0ANNA> is on call (${title}).`)).toBe("<@U0ANNA> is on call (Weekend ‹@U0CHRIS› ‹!channel›).");
  expect(defanged("Pay x@evil.example via https://evil.example/a, 1,250.00 at 10.30.")).toBe(
    "Pay x@evil[.]example via https[:]//evil[.]example/a, 1,250.00 at 10.30.",
  );
});

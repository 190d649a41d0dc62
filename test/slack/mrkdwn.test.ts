import fc from "fast-check";
import { expect, test } from "vitest";
import { defanged, quoted } from "../../src/domain/base/inert.ts";
import { blockFaults, viewFaults } from "../../src/local/slack/validate.ts";
import { evidenceElements } from "../../src/slack/cards/agent-says.ts";
import { modifyModal } from "../../src/slack/modals/modify.ts";
import { clipMrkdwn, mrkdwnPieces, spoken } from "../../src/slack/mrkdwn.ts";
import { escapeMrkdwn, withMentions } from "../../src/slack/text.ts";
import { opened, requestFor } from "../support/domain.ts";

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

test("an evidence link is sent as every client reads it alike, or not as a link", () => {
  const elements = (url: string) => evidenceElements({ title: "Order", url });
  expect(elements("https://A.example/x y")).toEqual([{ type: "text", text: "Order" }]);
  expect(elements("HTTPS://A.example:443/x?y=é")).toEqual([
    { type: "link", url: "https://a.example/x?y=%C3%A9", text: "Order" },
    { type: "text", text: " (a.example)" },
  ]);
  for (const url of [
    "https://user:pw@evil.example/",
    "https://a.example\\@evil.example/",
    "javascript:alert(1)",
    "//evil.example",
  ])
    expect(elements(url), url).toEqual([{ type: "text", text: "Order" }]);
});

test("a form starts a picker or an address field only with a value that is one, so that Slack opens it", () => {
  const formOf = (format: "date" | "email", value: string) => {
    const action = { params_schema: { properties: { v: { type: "string", format } } } };
    return modifyModal(opened(requestFor("cloud.stop_instance", { v: value }, { action })));
  };
  for (const [format, value, type] of [
    ["date", "2026-02-28", "datepicker"],
    ["date", "2026-99-99", "plain_text_input"],
    ["date", "2026-02-30", "plain_text_input"],
    ["email", "a@b.example", "email_text_input"],
    ["email", "not an address", "plain_text_input"],
  ] as const) {
    const form = formOf(format, value);
    expect(viewFaults(JSON.parse(JSON.stringify(form)))).toEqual([]);
    expect(JSON.stringify(form.blocks), value).toContain(`"type":"${type}"`);
  }
});

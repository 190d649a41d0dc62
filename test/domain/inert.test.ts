import { expect, test } from "vitest";
import { clip, exactText, inertText, isolated, visibleJson } from "../../src/domain/base/inert.ts";
import { opened, requestFor } from "../support/domain.ts";

const selectors = [..."->customer/666"].map((c) => String.fromCodePoint(0xe0100 + c.charCodeAt(0))).join("");
const asEscapes = (text: string) =>
  [...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");

test("a target with hidden bytes is shown with every one of them, and is no longer plain", () => {
  const target = `customer/8841${selectors}`;
  const { presentation } = opened(
    requestFor("payments.refund", { order_id: "A", amount: 900, currency: "USD" }, { action: { target } }),
  ).ruling;
  const field = presentation.fields.find((one) => one.name === "/target");
  expect(field?.value).toBe(`"customer/8841${asEscapes(selectors)}"`);
  expect(presentation.title).toContain(`customer/8841${"\uFFFD".repeat(14)}`);
});

test("whatever has no shape, or the shape of a space, is written out where it is data", () => {
  for (const hidden of [
    "\uFE00",
    "\u034F",
    "\u17B4",
    "\u180B",
    "\u2800",
    "\u00A0",
    "\u3000",
    "\u115F",
    "\u200B",
    "\u202E",
    "\u2068",
  ]) {
    expect(exactText(`a${hidden}b`)).toBe(`"a${asEscapes(hidden)}b"`);
    expect(inertText(`a${hidden}b`)).toMatch(/^a[ \uFFFD]b$/);
    expect(visibleJson(JSON.stringify([hidden]))).toMatch(/^\["\\u[0-9a-f]{4}"\]$/);
  }
});

test("marks that strike through their neighbours, or pile up, are not drawn", () => {
  expect(inertText(`pay${"\u0336".repeat(40)}`)).toBe(`pay${"\u0336".repeat(4)}\uFFFD`);
  expect(inertText("\u0338first")).toBe("\uFFFDfirst");
  expect(exactText(`a${"\u0336".repeat(6)}`)).toBe(`"a${"\u0336".repeat(4)}\\u0336\\u0336"`);
});

test("what people write is left alone: accents, scripts with marks, emoji", () => {
  for (const text of [
    "Ngân hàng Việt Nam",
    "किराये की वापसी",
    "ค่าธรรมเนียม",
    "Zürich – 12 °C",
    "日本語のテキスト",
    "שלום",
    "مرحبا",
  ])
    expect([inertText(text), exactText(text)]).toEqual([text, text]);
  expect(inertText("⚠️ careful ❤️")).toBe("⚠ careful ❤");
});

test("letters from right to left reorder nothing beside them, even where the text was cut", () => {
  expect(isolated("USD 900")).toBe("USD 900");
  expect(isolated("אב 999")).toBe("\u2068אב 999\u2069");
  expect(isolated(isolated("אב 999"))).toBe("\u2068אב 999\u2069");
  expect(inertText(isolated("אב 999"))).toBe("\u2068אב 999\u2069");
  expect(clip(`x ${isolated("אבגדהוז")} y`, 7)).toBe("x \u2068אב…\u2069");
  // Isolates that enclose nothing of the kind, or are not closed, are the agent's.
  expect(inertText("\u2068abc\u2069 \u2067אב")).toBe("\uFFFDabc\uFFFD \uFFFDאב");
  const { title } = opened(
    requestFor("payments.refund", { order_id: "A", amount: 900, currency: "USD" }, { action: { target: "אב 999" } }),
  ).ruling.presentation;
  expect(title).toContain("\u2068אב 999\u2069");
});

test("data in which a program would decode an entity is shown with an escape, inside objects too", () => {
  for (const text of ["&lt;", "a &amp; b", "x&gt;"]) {
    expect(exactText(text)).toMatch(/^".*\\u0026.*"$/);
    expect(JSON.parse(exactText(text))).toBe(text);
    expect(visibleJson(JSON.stringify({ text }))).not.toContain("&");
  }
  for (const text of ["a & b", "R&D", "&copy;", "&lt"]) expect(exactText(text)).toBe(text);
});

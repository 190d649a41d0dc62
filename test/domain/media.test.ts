import { describe, expect, test } from "vitest";
import { MEDIA_BYTES_MAX, SubmittedMedia } from "../../src/domain/shapes/media.ts";
import { EscalationRequest, mediaOf, withoutBytes } from "../../src/domain/shapes/request.ts";
import { artifactRequest } from "../support/artifact.ts";
import { chunk, jpeg, media, png, segment } from "../support/pictures.ts";

/** Pictures and files as evidence: what is taken, what is left out of it, and what is refused by name. */
const kept = (type: string, bytes: Buffer): Buffer => Buffer.from(SubmittedMedia.parse(media(type, bytes)).data ?? "", "base64");
const fault = (given: object): string => {
  const parsed = SubmittedMedia.safeParse(given);
  return parsed.success ? "taken" : (parsed.error.issues[0]?.message ?? "");
};
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
const ZIP = Buffer.from("504b030414000000000000000000", "hex");
const HTML = Buffer.from("<html><script>alert(1)</script></html>");

test("a picture and a text are taken as they are", () => {
  expect(kept("image/png", png())).toEqual(png());
  expect(kept("image/jpeg", jpeg())).toEqual(jpeg());
  expect(kept("text/x-diff", Buffer.from("- a\n+ b — ü\n")).toString()).toBe("- a\n+ b — ü\n");
});

test("what a picture says beside its pixels is left out: where it was taken, notes, scripts", () => {
  const noted = png({ more: [chunk("tEXt", HTML), chunk("eXIf", Buffer.from("GPS 52.5 13.4")), chunk("iCCP", ZIP)] });
  expect(kept("image/png", noted)).toEqual(png());
  const notes = Buffer.concat([segment(0xe1, "Exif\0\0GPS 52.5"), segment(0xfe, "<script>")]);
  expect(kept("image/jpeg", jpeg(notes))).toEqual(jpeg());
});

describe("what is refused", () => {
  const cases: Record<string, [object, RegExp]> = {
    "an SVG": [media("image/svg+xml", SVG), /use image\/png, image\/jpeg, text\/x-diff or text\/plain/],
    "an SVG that calls itself a PNG": [media("image/png", SVG), /one whole PNG picture/],
    "a page that calls itself a JPEG": [media("image/jpeg", HTML), /one whole JPEG picture/],
    "a PNG that calls itself a JPEG": [media("image/jpeg", png()), /one whole JPEG picture/],
    "a PNG with an archive behind its end": [media("image/png", png({ end: ZIP })), /one whole PNG picture, and nothing else/],
    "a JPEG with a page behind its end": [media("image/jpeg", jpeg(undefined, HTML)), /one whole JPEG picture, and nothing else/],
    "a PNG that is cut": [media("image/png", png().subarray(0, -6)), /one whole PNG/],
    "a JPEG that is cut": [media("image/jpeg", jpeg().subarray(0, -2)), /one whole JPEG/],
    "a PNG whose lengths lead astray": [media("image/png", flipped(png())), /one whole PNG/],
    "a PNG that would be enormous": [media("image/png", png({ width: 100_000, height: 100_000 })), /8,192 pixels/],
    "a PNG of two billion pixels a side": [media("image/png", png({ width: 0x7fffffff, height: 1 })), /8,192 pixels/],
    "a PNG with a chunk nobody knows": [media("image/png", png({ more: [chunk("EVIL", ZIP)] })), /one whole PNG/],
    "a text with bytes that are none": [media("text/plain", Buffer.from([0xff, 0xfe, 0x00])), /not UTF-8/],
    "a text with a NUL": [media("text/plain", Buffer.from("a\0b")), /not UTF-8/],
    "an address": [{ type: "image/png", data: "https://evil.example/x.png" }, /base64.*not an address/],
    "a data address": [{ type: "image/png", data: `data:image/png;base64,${png().toString("base64")}` }, /base64/],
    nothing: [{ type: "image/png", data: "" }, /base64/],
    "more than 96 KiB": [media("text/plain", Buffer.alloc(MEDIA_BYTES_MAX + 3, 0x61)), /at most 96 KiB/],
  };
  for (const [name, [given, words]] of Object.entries(cases))
    test(name, () => {
      expect(fault(given)).toMatch(words);
    });
});

function flipped(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[36] = (copy[36] ?? 0) ^ 1;
  return copy;
}

test("all together are 256 KiB at most", () => {
  const brief = (count: number) => ({
    decision_required: "?",
    trigger: { kind: "policy" },
    evidence: Array.from({ length: count }, (_, i) => ({
      title: `File ${i}`,
      media: media("text/plain", Buffer.alloc(MEDIA_BYTES_MAX - 96, 0x61)),
    })),
  });
  const parse = (count: number) => EscalationRequest.safeParse(artifactRequest("x", { brief: brief(count) }));
  expect(parse(2).success).toBe(true);
  expect(parse(3).error?.issues[0]?.message).toContain("256 KiB");
});

test("what is decided on names a picture by its digest and does not carry it", () => {
  const evidence = [{ title: "Photo", media: media("image/png", png()) }, { title: "Order" }];
  const request = EscalationRequest.parse(
    artifactRequest("x", { brief: { decision_required: "?", trigger: { kind: "policy" }, evidence } }),
  );
  const less = withoutBytes(request);
  expect(JSON.stringify(less)).not.toContain(png().toString("base64"));
  expect(mediaOf(less)).toEqual([
    { title: "Photo", media: { type: "image/png", bytes: png().length, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) } },
  ]);
  expect(mediaOf(request)[0]?.media.data).toBe(png().toString("base64"));
});

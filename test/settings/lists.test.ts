import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { type Config, parseConfig, readConfigFile } from "../../src/settings/config.ts";
import { watchConfigFile } from "../../src/settings/config-file-watch.ts";

/** Lists that lie in a CSV file beside the configuration. */
const text = readFileSync("countersign.example.yaml", "utf8");
const folder = mkdtempSync(path.join(os.tmpdir(), "countersign-lists-"));
const file = path.join(folder, "countersign.yaml");

/** The example with its watch-list in this CSV file. */
function read(csv: string | null, source = "{ csv: watch.csv, column: customer }") {
  rmSync(path.join(folder, "watch.csv"), { force: true });
  if (csv !== null) writeFileSync(path.join(folder, "watch.csv"), csv);
  writeFileSync(file, text.replace("watch_list: [customer/6660, customer/6661]", `watch_list: ${source}`));
  return readConfigFile(file);
}
function good(result: ReturnType<typeof readConfigFile>): Config {
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}
const said = (result: ReturnType<typeof readConfigFile>) =>
  result.ok ? "" : result.problems.map((one) => one.message).join("\n");
const listed = ({ policy }: Config) => policy.text.lists["watch_list"];

test("a column of a CSV file is read, whatever its quotes and line ends", () => {
  const plain = ["customer/6660", "customer/6661"];
  expect(listed(good(read("name,customer\nEve,customer/6660\nMallory,customer/6661\n")))).toEqual(plain);
  expect(listed(good(read('\uFEFFname,customer\r\n"Eve, ""E""","Customer/6660"\r\n\r\nMallory,customer/6661')))).toEqual(plain);
  expect(listed(good(read("customer/6660\ncustomer/6661,left\n", "{ csv: watch.csv }")))).toEqual(plain);
});

test("the same entries make the same version of the policy, other entries another one", () => {
  const first = good(read("customer\na\nb\n")).policy.version;
  expect(good(read("customer\nB\n a\na\n")).policy.version).toBe(first);
  expect(good(read("customer\na\nb\nc\n")).policy.version).not.toBe(first);
});

test("an edit of the CSV file is an edit of the configuration, and nothing is parsed again without one", () => {
  read("customer\na\n");
  const watch = watchConfigFile(file);
  const first = watch.look();
  watch.seen();
  expect(watch.look()).toEqual({ read: first.read, changed: false });
  expect(watch.look().read).toBe(first.read);
  writeFileSync(path.join(folder, "watch.csv"), "customer\nb\n");
  const next = watch.look();
  expect([next.changed, listed(good(next.read))]).toEqual([true, ["b"]]);
});

test("what is kept of a configuration holds its lists, and needs no file beside it any more", () => {
  const config = good(read("customer\na\nb\n"));
  const kept = parseConfig(config.text, true);
  expect(kept.ok && kept.config.policy.version).toBe(config.policy.version);
});

test("a file that is missing, empty or without the column is a fault, because a list that finds nothing loosens what asks it", () => {
  expect(said(read(null))).toContain("there is no file watch.csv beside the configuration");
  expect(said(read("customer\n"))).toContain("it holds nothing that could be found");
  expect(said(read("name\nEve\n"))).toContain('watch.csv has no column "customer" (it has name)');
  expect(said(read('customer\n"a\n'))).toContain("a quoted field is never closed");
});

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

/** `npm start` as a person meets it: what it prints, what a second one says, and that it stops by itself. */
function start(
  dataDir: string,
  more: Record<string, string> = {},
): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
  const env = { PATH: process.env["PATH"] ?? "", PORT: "0", LOCAL_SLACK_PORT: "0", COUNTERSIGN_DATA_DIR: dataDir, ...more };
  const child = spawn(process.execPath, ["src/main.ts"], { env });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, output: () => text, ended };
}

async function printed(output: () => string, wanted: RegExp): Promise<void> {
  for (let i = 0; i < 1200 && !wanted.test(output()); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(output()).toMatch(wanted);
}

test("it says what to open; a second start says who has the data; SIGTERM ends it with 0", async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-start-"));
  const first = start(dataDir);
  await printed(first.output, /stop with Ctrl-C/);
  expect(first.output()).toMatch(/Open {2}http:\/\/127\.0\.0\.1:\d+/);
  const [, url, key] =
    /curl -s (http:\/\/127\.0\.0\.1:\d+\/v1\/escalations) -H "Authorization: Bearer (csk_[\w-]{43})"/.exec(first.output()) ?? [];
  const answer = await fetch(url ?? "", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: readFileSync("docs/first-escalation.json", "utf8"),
  });
  expect(answer.status).toBe(201);
  const second = start(dataDir);
  expect(await second.ended).toBe(1);
  expect(second.output().trim()).toMatch(/^Countersign could not start: .* is in use by another Countersign \(process \d+\).*$/);
  first.child.kill("SIGTERM");
  expect(await first.ended).toBe(0);
});

test("a bad setting stops it with one line that names it", async () => {
  const bad = start(mkdtempSync(path.join(os.tmpdir(), "countersign-start-")), { LOG_LEVEL: "loud" });
  expect(await bad.ended).toBe(2);
  expect(bad.output().trim()).toMatch(/^LOG_LEVEL: .*$/);
});

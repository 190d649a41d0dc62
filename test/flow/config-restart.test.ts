import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { raiseAlarm } from "../../src/engine/alarms.ts";
import { type App, startApp } from "../support/app.ts";
import { testDatabase } from "../support/database.ts";

const alarms = (app: App, words: string) => app.slack.channel("C0ALARMS").filter((m) => m.text.includes(words));

test("a configuration that was broken while nobody ran is alarmed at the start; mended while nobody ran, the start says so", async () => {
  const config = path.join(mkdtempSync(path.join(os.tmpdir(), "countersign-restart-")), "countersign.yaml");
  copyFileSync("countersign.example.yaml", config);
  const text = readFileSync(config, "utf8");
  const db = await testDatabase();
  const first = await startApp({ config, db, log: "silent" });
  const version = first.running.config.current().policy.version;
  await first.close();

  writeFileSync(config, text.replace("queues:", "queues: ["));
  const second = await startApp({ config, db, log: "silent" });
  await second.until("the alarm", () => alarms(second, "The configuration is not usable")[0]);
  expect(second.running.config.current().policy.version).toBe(version);
  await second.close();

  writeFileSync(config, text);
  const third = await startApp({ config, db, log: "silent" });
  await third.until("the all-clear", () => alarms(third, "usable again and in force")[0]);
  await third.close();

  const fourth = await startApp({ config, db, log: "silent" });
  // One lane keeps its order: what comes after shows that nothing came before.
  await raiseAlarm(fourth.running.engine.parts, "a mark", "a test");
  await fourth.until("the mark", () => alarms(fourth, "a mark")[0]);
  expect(alarms(fourth, "usable again")).toEqual([]);
  await fourth.close();
  await db.close();
});

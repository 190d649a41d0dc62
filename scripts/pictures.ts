import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import chromium from "@sparticuz/chromium";
import pino from "pino";
import { chromium as playwright } from "playwright-core";
import { createLog } from "../src/app/log.ts";
import { startCountersign } from "../src/app/start.ts";
import { systemClock } from "../src/domain/base/clock.ts";
import { whoIsOnCall } from "../src/domain/on-call/roster.ts";
import { readSettings } from "../src/settings/settings.ts";

/** `node scripts/pictures.ts`: the pictures in the docs, taken from the product. */
const dataDir = mkdtempSync(path.join(os.tmpdir(), "countersign-pictures-"));
const read = readSettings({
  PORT: "0",
  LOCAL_SLACK_PORT: "0",
  COUNTERSIGN_DATA_DIR: dataDir,
  COUNTERSIGN_CONFIG: path.resolve("countersign.example.yaml"),
});
if (!read.ok) throw new Error(read.line);
const running = await startCountersign(read.settings, {
  log: createLog("error", pino.destination(2)),
  clock: systemClock,
  say: () => {},
});
const browser = await playwright.launch({
  executablePath: process.env["CHROMIUM_PATH"] ?? (await chromium.executablePath()),
  args: chromium.args,
  headless: true,
});
const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
const shoot = async (name: string) => {
  // The highlight of a new message fades.
  await page.waitForTimeout(1800);
  await page.screenshot({ path: `docs/pictures/${name}.png` });
  process.stdout.write(`docs/pictures/${name}.png\n`);
};
const as = async (person: string, channel: string) => {
  await page.getByTestId("person-switch").selectOption(person);
  await page.getByTestId(`channel-${channel}`).click();
};
const inDm = async (person: string) => {
  await page.getByTestId("person-switch").selectOption(person);
  await page.getByTestId(`dm-D0${person.slice(1)}`).click();
};
const press = async (minutes: number, times: number) => {
  for (let i = 0; i < times; i++) {
    await page.getByTestId(`time-${minutes}`).click();
    await page.waitForTimeout(500);
  }
};
/** The chain: a page, its reminder, who is called when, a batch, and what silence does. */
async function paging() {
  const { directory, roster } = running.parts;
  const now = await running.engine.now();
  const onCall = (name: string) => whoIsOnCall(directory(), roster.current(), name, now).userIds[0] ?? "";
  await page.getByTestId("example-restart-service").click();
  await inDm(onCall("cloud-primary"));
  await page.getByText("You are paged").first().waitFor();
  await shoot("page");
  await press(1, 6);
  await page.getByText("Still waiting for you").last().waitFor();
  await shoot("reminder");
  await as("U0CHRIS", "C0CLOUD");
  await page.getByTestId("composer").fill("/countersign oncall");
  await page.keyboard.press("Enter");
  await page.getByText("Being paged gives nobody").waitFor();
  await shoot("oncall");
  await press(10, 6);
  await as("U0MARIA", "C0CLOUD");
  await page.getByText("Nobody answered by").first().waitFor();
  await shoot("nobody-answered");
  // The batch comes when whoever is on call is at work.
  for (let hour = (await running.engine.now()).getUTCHours(); hour < 9 || hour > 16; hour = (hour + 1) % 24) await press(60, 1);
  await page.getByTestId("example-store-credit").click();
  await page.getByTestId("example-store-credit").click();
  await press(10, 4);
  const payer = whoIsOnCall(directory(), roster.current(), "payments-on-call", await running.engine.now()).userIds[0] ?? "";
  await inDm(payer);
  await page.getByText("Answer when it suits you").first().waitFor();
  await shoot("batch-message");
  await page.getByTestId("action-batch").click();
  await page.getByTestId("modal").waitFor();
  await shoot("batch");
}

/** A text that an agent wrote, in the form that edits it, and what the card says of the edit. */
async function texts() {
  await page.getByTestId("example-reply").click();
  await as("U0TOM", "C0MAIL");
  await page.getByTestId("action-edit").click();
  const text = page.getByTestId("field-content").locator("textarea");
  await text.fill((await text.inputValue()).replace(" and will be with you on Friday at the latest", ""));
  await shoot("edit-text");
  await page.getByTestId("modal-submit").click();
  await page.getByText("did exactly this").first().waitFor();
  await page.locator("details.replies summary").first().click();
  await shoot("edited-text");
}

try {
  mkdirSync("docs/pictures", { recursive: true });
  await page.goto(running.slackUrl ?? "");
  await page.getByTestId("example-refund").click();
  await page.getByTestId("action-modify").waitFor();
  await shoot("card");
  await page.getByTestId("action-modify").click();
  await page.getByTestId("field-param:amount").locator("input").fill("1200");
  await shoot("modify");
  await page.getByTestId("modal-submit").click();
  await page.getByText("did exactly this").first().waitFor();
  await page.locator("details.replies summary").first().click();
  await shoot("ended");
  await page.getByTestId("example-delete-volume").click();
  await as("U0SAM", "C0SECURITY");
  await page.getByTestId("action-approve").click();
  await page.getByTestId("confirm").waitFor();
  await shoot("confirm");
  await page.getByTestId("confirm-yes").click();
  await page.getByText("1 of 2").waitFor();
  await page.locator("#theme").click();
  await shoot("two-people-dark");
  // Where more than five acts are possible the menu is a list.
  const more = page.getByTestId("action-more");
  if ((await more.evaluate((node) => node.nodeName)) === "SELECT") await more.selectOption({ label: "Full brief" });
  else {
    await more.click();
    await page.getByTestId("option-details").click();
  }
  await page.getByTestId("modal").waitFor();
  await shoot("full-brief-dark");
  await page.keyboard.press("Escape");
  await page.locator("#theme").click();
  await page.getByTestId("person-switch").selectOption("U0LEE");
  await page.getByTestId("home").click();
  await page.getByText("Waiting for you").waitFor();
  await shoot("home");
  await texts();
  await paging();
} finally {
  await browser.close();
  await running.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

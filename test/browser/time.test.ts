import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { whoIsOnCall } from "../../src/domain/on-call/roster.ts";
import { type App, startApp } from "../support/app.ts";
import { startBrowser } from "../support/browser.ts";

/** A newcomer presses "+10 min" and sees the chain at work: the secondary, the manager, and in the end what silence does. */
let app: App;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  app = await startApp();
  browser = await startBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(8000);
  await page.goto(app.slack.url);
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const ahead = () => page.locator("#ahead").innerText();

/** A poll gives up after a second of its own; a busy machine may need longer. */
const PATIENCE = { timeout: 20_000 };

test("the case of the issue, by pressing a button", async () => {
  const { directory, roster } = app.running.parts;
  const now = await app.running.engine.now();
  const onCall = (name: string) => whoIsOnCall(directory(), roster.current(), name, now).userIds[0] ?? "";
  await page.getByTestId("example-restart-service").click();
  await page.getByText("Restart checkout on checkout-prod-2").first().waitFor();

  // On-call has it as a direct message with working buttons.
  await page.getByTestId("person-switch").selectOption(onCall("cloud-primary"));
  await page.getByTestId(`dm-D0${onCall("cloud-primary").slice(1)}`).click();
  await page.getByText("You are paged").first().waitFor();
  expect(await page.getByTestId("action-approve").count()).toBe(1);

  await page.getByTestId("time-10").click();
  await page.getByText("Still waiting for you").last().waitFor();
  await expect.poll(ahead, PATIENCE).toBe("(+10 min)");
  await page.getByTestId("person-switch").selectOption(onCall("cloud-secondary"));
  await page.getByTestId(`dm-D0${onCall("cloud-secondary").slice(1)}`).click();
  await page.getByText("You are paged").first().waitFor();

  await page.getByTestId("time-10").click();
  await page.getByTestId("time-10").click();
  await expect.poll(ahead, PATIENCE).toBe("(+30 min)");
  await expect.poll(() => page.getByTestId("person-switch").innerText(), PATIENCE).toMatch(/Maria, engineering manager · \d new/);
  // One press becomes whoever was written to.
  await page.getByTestId("news-U0MARIA").click();
  await page.getByText("You are paged").first().waitFor();

  await page.getByTestId("time-10").click();
  await page.getByTestId("time-10").click();
  await page.getByTestId("time-10").click();
  await page.getByText("Nobody answered").first().waitFor();
  await page.getByText("Nobody answered by").first().waitFor();
  // The page and its reminder are told one after the other.
  await expect.poll(() => page.getByTestId("action-approve").count(), PATIENCE).toBe(0);
  await page.getByTestId("run-1").getByText("Nobody answered in time").waitFor();
});

test("oncall shows who is paged, by keyboard alone", async () => {
  await page.getByTestId("composer").fill("/countersign oncall");
  await page.keyboard.press("Enter");
  await page.getByText("Being paged gives nobody the right to decide").waitFor();
});

test("time that makes no sense is refused in words", async () => {
  const send = (advance_ms: unknown) =>
    page.evaluate(async (ms) => {
      const response = await fetch("/page/time", { method: "POST", body: JSON.stringify({ advance_ms: ms }) });
      return response.json();
    }, advance_ms);
  expect(await send(-5)).toMatchObject({ ok: false, error: "bad_time" });
  expect(await send("ten")).toMatchObject({ ok: false, error: "bad_time" });
});

test("pages that are still going out when the time is set forward are not told as late", async () => {
  // More than a second's worth in one direct message, and nobody waits between the presses.
  for (let i = 0; i < 5; i++) await page.getByTestId("example-refund").click();
  await page.getByTestId("channel-C0PAYMENTS").click();
  await expect.poll(() => page.getByText("Approve refund:").count(), PATIENCE).toBe(5);
  for (let i = 0; i < 2; i++)
    await page.evaluate(() => fetch("/page/time", { method: "POST", body: JSON.stringify({ advance_ms: 600_000 }) }));
  const owed = async () =>
    (await app.db.owner.query("SELECT 1 FROM outbox WHERE status IN ('owed', 'later') AND attempts = 0")).rowCount;
  await expect.poll(owed, PATIENCE).toBe(0);
  expect(app.slack.channel("C0ALARMS").filter(({ text }) => text.includes("have not arrived"))).toEqual([]);
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { startBrowser } from "../support/browser.ts";

/** A newcomer at the page, in a real browser: press an example, read the card, change the amount, watch the agent finish. */
let app: App;
let browser: Browser;
let page: Page;
const troubles: string[] = [];
beforeAll(async () => {
  app = await startApp();
  browser = await startBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
  page.on(
    "request",
    (request) =>
      !request.url().startsWith(app.slack.url) &&
      !request.url().startsWith("data:") &&
      troubles.push(`asked for ${request.url()}`),
  );
  await page.goto(app.slack.url);
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

test("refund: card, form with an error at its field, changed amount, the agent finishes with it", async () => {
  await page.getByTestId("example-refund").click();
  const modify = page.getByTestId("action-modify");
  await modify.waitFor();
  expect(await page.getByRole("log").innerText()).toContain("Refund USD 1,250.00 to customer/8841");
  await modify.click();
  await page.getByTestId("modal").waitFor();
  const amount = page.getByTestId("field-param:amount").locator("input");
  await amount.fill("2000");
  await page.getByTestId("modal-submit").click();
  await page.getByText("Enter 1,250 or less.").waitFor();
  await amount.fill("1200");
  await page.getByTestId("modal-submit").click();
  await page.getByTestId("modal").waitFor({ state: "detached" });
  await page.getByText("did exactly this").first().waitFor();
  await page.getByTestId("run-1").getByText("Reported the outcome: executed").waitFor();
  expect(await page.getByTestId("run-1").innerText()).toContain('"amount":1200');
  await expect.poll(() => page.getByTestId("action-approve").count(), { timeout: 20_000 }).toBe(0);
});

test("somebody who may not decide is told why, and only they see it", async () => {
  await page.getByTestId("example-refund").click();
  await page.getByTestId("action-approve").waitFor();
  await page.getByTestId("person-switch").selectOption("U0OWEN");
  await page.getByTestId("action-approve").click();
  await page.getByText("You aren't a reviewer of the payments queue").waitFor();
  await page.getByText("Only visible to you").waitFor();
  await page.getByTestId("person-switch").selectOption("U0PRIYA");
  await page.getByText("You aren't a reviewer of the payments queue").waitFor({ state: "detached" });
});

test("the keyboard is enough: Escape closes a form and gives the focus back, slash commands answer", async () => {
  await page.getByTestId("action-reject").focus();
  await page.keyboard.press("Enter");
  await page.getByTestId("modal").waitFor();
  await page.keyboard.press("Escape");
  await page.getByTestId("modal").waitFor({ state: "detached" });
  await page.getByTestId("composer").fill("/countersign mine");
  await page.keyboard.press("Enter");
  await page.getByText("Waiting for you").first().waitFor();
});

test("the Home lists what waits and decides nothing at one click", async () => {
  await page.getByTestId("home").click();
  await page.getByText("Your recent decisions").waitFor();
  await page.getByTestId("action-approve").first().click();
  await page.getByTestId("modal").waitFor();
  expect(await page.getByTestId("modal").innerText()).toContain("everything the agent will do");
  await page.getByTestId("modal-submit").click();
  await page.getByTestId("modal").waitFor({ state: "detached" });
});

test("a phone's width has everything behind tabs, and dark mode holds", async () => {
  await page.setViewportSize({ width: 400, height: 800 });
  await page.getByRole("button", { name: "Agents" }).click();
  await page.getByTestId("example-small-refund").click();
  await page.locator("#theme").click();
  expect(await page.evaluate("document.documentElement.scrollWidth <= 400")).toBe(true);
  await page.setViewportSize({ width: 1280, height: 900 });
});

/** Everything a page elsewhere can try; answers what came back. */
const ATTACK = `async (target) => {
  const seen = [];
  const tried = (what, wanted) => wanted.then((r) => seen.push(what + " " + (r?.status ?? r))).catch(() => {});
  const events = (node, url) =>
    new Promise((resolve, reject) => {
      node.onload = () => resolve("loaded");
      node.onerror = reject;
      node.src = url;
      document.body.append(node);
    });
  const body = JSON.stringify({ quotas: true, viewer: "U0PRIYA", channel: "C0PAYMENTS", text: "/countersign help" });
  for (const path of ["/page/faults", "/page/command", "/page/click", "/api/chat.postMessage", "/response/x", "/upload/v1/x"])
    await tried("read " + path, fetch(target + path, { method: "POST", body }));
  for (const path of ["/page/faults", "/page/command"]) await fetch(target + path, { method: "POST", mode: "no-cors", body }).catch(() => {});
  await tried("read state", fetch(target + "/page/state"));
  await tried("script", events(document.createElement("script"), target + "/page.js"));
  await tried("picture", events(document.createElement("img"), target + "/page/state"));
  await tried("socket", new Promise((ok, no) => Object.assign(new WebSocket(target.replace("http", "ws") + "/page/stream"), { onopen: () => ok("open"), onerror: no })));
  await tried("stream", new Promise((ok, no) => Object.assign(new EventSource(target + "/page/stream"), { onopen: () => ok("open"), onerror: no })));
  const form = Object.assign(document.createElement("form"), { method: "post", action: target + "/page/faults", enctype: "text/plain", target: "hole" });
  const hole = Object.assign(document.createElement("iframe"), { name: "hole" });
  form.append(Object.assign(document.createElement("input"), { name: '{"quotas":true,"x":"', value: '"}' }));
  document.body.append(hole, form);
  form.submit();
  await new Promise((resolve) => (hole.onload = resolve));
  await events(Object.assign(document.createElement("iframe"), { name: "frame" }), target + "/").catch(() => {});
  return seen;
}`;

test("a page from elsewhere can neither read, nor change, nor frame anything here", async () => {
  const elsewhere = createServer((_request, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<body>evil"),
  );
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const { port } = elsewhere.address() as AddressInfo;
  const before = app.slack.journal.length;
  // Another port of this machine is the same site; another name is not even that.
  const evil = await browser.newPage();
  for (const host of ["127.0.0.1", "localhost"]) {
    await evil.goto(`http://${host}:${port}/`);
    expect([host, await evil.evaluate(`(${ATTACK})(${JSON.stringify(app.slack.url)})`)]).toEqual([host, []]);
    const framed = evil.frames().filter((frame) => frame.name() !== "");
    expect(framed).toHaveLength(2);
    for (const frame of framed)
      expect(
        await frame
          .locator("body")
          .innerText()
          .catch(() => ""),
      ).not.toContain("payments-approvals");
  }
  elsewhere.close();
  expect(app.slack.quotas.isOn()).toBe(false);
  expect(app.slack.journal.slice(before).filter(({ args }) => String(args["text"]).includes("help"))).toEqual([]);
  expect(app.as("U0PRIYA").ephemerals().join()).not.toContain("/countersign queue");
});

test("nothing broke and nothing was asked for from outside", () => {
  expect(troubles).toEqual([]);
});

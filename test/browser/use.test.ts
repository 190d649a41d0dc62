import { WebClient } from "@slack/web-api";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type App, startApp } from "../support/app.ts";
import { startBrowser } from "../support/browser.ts";

/** The page in the hand: the keyboard never loses its place, menus stay in sight, and nothing is drawn that does nothing or cannot be read. */
let app: App;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  app = await startApp();
  browser = await startBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  page.setDefaultTimeout(15_000);
  await page.goto(app.slack.url);
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

/** What has the focus: a control's test id, "card" for a message, "list" for the conversation. */
const focus = () =>
  page.evaluate<string>(`(() => {
    const at = document.activeElement;
    if (at.id === "messages") return "list";
    if (at.matches("[data-message]")) return "card";
    return at.dataset.testid ?? at.id ?? at.tagName;
  })()`);
const focused = (what: string) => expect.poll(focus, { timeout: 20_000 }).toBe(what);
const inside = (testid: string) =>
  page.evaluate<boolean>(`(() => {
    const node = document.querySelector('[data-testid="${testid}"]').closest("[popover]");
    const { left, right, top, bottom } = node.getBoundingClientRect();
    const under = document.elementFromPoint((left + right) / 2, bottom - 12);
    return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && node.contains(under);
  })()`);
const modal = (state: "visible" | "detached") => page.getByTestId("modal").waitFor({ state });

test("the ⋯ menu: in sight, by keys, and closed by Escape, a click outside and a form", async () => {
  await page.getByTestId("example-refund").click();
  // Its photo comes into the thread a moment later, and the conversation is drawn anew.
  await page.getByText("1 reply").waitFor();
  const more = page.getByTestId("action-more");
  const first = page.getByTestId("option-details");
  for (const width of [1280, 400]) {
    await page.setViewportSize({ width, height: 860 });
    await more.click();
    await focused("option-details");
    await expect.poll(() => inside("option-details"), { timeout: 20_000 }).toBe(true);
    await page.keyboard.press("Escape");
    await first.waitFor({ state: "hidden" });
    await focused("action-more");
  }
  await page.setViewportSize({ width: 1280, height: 860 });
  await page.keyboard.press("Enter");
  await focused("option-details");
  const items = await page
    .locator(".choices:popover-open button")
    .evaluateAll((all) => all.map((one: any) => one.dataset.testid));
  for (const [key, at] of [
    ["ArrowDown", 1],
    ["ArrowUp", 0],
    ["ArrowUp", -1],
    ["Home", 0],
    ["End", -1],
  ] as const) {
    await page.keyboard.press(key);
    await focused(items.at(at) ?? "");
  }
  await page.getByRole("heading", { name: "The agents' side" }).click();
  await first.waitFor({ state: "hidden" });
  await more.click();
  await first.click();
  await modal("visible");
  await expect.poll(() => page.locator(":popover-open").count(), { timeout: 20_000 }).toBe(0);
  await page.getByTestId("modal-close").click();
  await modal("detached");
  await focused("action-more");
});

test("the focus comes back after a form, and stays at the card when its buttons are gone", async () => {
  await page.getByTestId("action-reject").focus();
  await page.keyboard.press("Enter");
  await modal("visible");
  await page.keyboard.press("Escape");
  await modal("detached");
  await focused("action-reject");
  // The card is drawn anew while the form is open: the same button of the new card has it then.
  await page.getByTestId("action-more").click();
  await page.getByTestId("option-ask").click();
  await modal("visible");
  await page.getByTestId("field-reason").locator("textarea").fill("Which lamp?");
  await page.getByTestId("modal-submit").click();
  await modal("detached");
  await focused("action-more");
  await page.getByText("Yes: the photos show a crack").first().waitFor();
  await focused("action-more");
  await page.getByTestId("action-modify").click();
  await page.getByTestId("field-param:amount").locator("input").fill("1200");
  await page.getByTestId("modal-submit").click();
  await modal("detached");
  await page.getByText("did exactly this").first().waitFor();
  await focused("card");
});

test("a command is answered in a channel without the bot, and a lost answer is told", async () => {
  await page.getByTestId("channel-C0GENERAL").click();
  await focused("channel-C0GENERAL");
  await page.getByText("The bot is not a member here").waitFor();
  await page.getByTestId("composer").fill("/countersign help");
  await page.keyboard.press("Enter");
  await page.getByText("agents ask, people decide").waitFor();
  app.slack.world.state.responseUrls.set("RX", {
    userId: "U0PRIYA",
    channel: "C0GENERAL",
    at: app.slack.world.clock.now().getTime(),
    uses: 0,
  });
  await fetch(`${app.slack.url}/response/RX`, { method: "POST", body: "{}" });
  await page.getByTestId("toast").getByText("could not be shown: no_text").waitFor();
});

test("nothing stands there that does nothing: no composer on the Home; the README is for reading", async () => {
  await page.getByTestId("home").click();
  await page.getByText("Your recent decisions").waitFor();
  await page.getByTestId("composer").waitFor({ state: "hidden" });
  await page.locator("#readme").click();
  await page.getByRole("heading", { name: "Two commands" }).waitFor();
  // In a block of commands a line may begin with a comment.
  const prose = "[...document.querySelectorAll('#readme-text > :not(pre)')].map((node) => node.innerText).join('\\n')";
  expect(await page.evaluate(prose)).not.toMatch(/^#|\*\*|```/m);
  await page.keyboard.press("Escape");
  await focused("readme");
  await page.getByTestId("channel-C0PAYMENTS").click();
  await page.getByTestId("composer").waitFor();
});

test("a run says what became of it; the person switch is not cut", async () => {
  await page.getByTestId("example-question").click();
  await page.getByTestId("person-switch").selectOption("U0TOM");
  await page.locator('[data-testid^="action-answer:"]', { hasText: "English, with an apology" }).click();
  await page.getByTestId("run-2").getByText("Goes on with: English, with an apology").waitFor();
  await expect.poll(() => page.getByTestId("run-2").locator(".status").innerText(), { timeout: 20_000 }).toBe("answered");
  for (const person of ["U0MARIA", "U0BEN"]) {
    await page.getByTestId("person-switch").selectOption(person);
    await expect.poll(() => page.locator("#person-title").innerText(), { timeout: 20_000 }).toMatch(/engineer/);
    expect(await page.locator("#person-title").evaluate((node: any) => node.scrollWidth <= node.clientWidth)).toBe(true);
  }
  const named = "header button, .side button, .desk button";
  const different = await page
    .locator(named)
    .evaluateAll((all) =>
      all.filter((one: any) => one.ariaLabel !== null && !one.ariaLabel.includes(one.innerText)).map((one: any) => one.outerHTML),
    );
  expect(different).toEqual([]);
});

test("every text has a contrast of at least 4.5, light and dark", async () => {
  await page.getByTestId("person-switch").selectOption("U0PRIYA");
  await page.getByTestId("channel-C0PAYMENTS").click();
  await page.getByTestId("example-refund").click();
  await page.getByTestId("action-approve").waitFor();
  for (const _ of ["light", "dark"]) {
    expect(await page.evaluate(FAINT)).toEqual([]);
    await page.locator("#theme").click();
  }
});

/** Texts and placeholders whose colour is too near to what is painted behind them. A canvas turns any CSS colour into numbers. */
const FAINT = `(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const over = (colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const faint = [];
  const look = (node, colour, text) => {
    const behind = [];
    for (let at = node; at !== null; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
    const [high, low] = [light(over(behind)), light(over([...behind, colour]))].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) faint.push(contrast.toFixed(1) + " " + text.trim().slice(0, 40));
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (walk.currentNode.data.trim() !== "" && node.checkVisibility()) look(node, getComputedStyle(node).color, walk.currentNode.data);
  }
  const input = document.getElementById("composer");
  look(input, getComputedStyle(input, "::placeholder").color, "placeholder");
  return faint;
})()`;

test("a button that asks first counts only after its yes; Escape is a no, and the focus comes back", async () => {
  const words = (text: string) => ({ type: "plain_text" as const, text });
  const confirm = {
    title: words("Delete it?"),
    text: words("It can't be undone."),
    confirm: words("Delete"),
    deny: words("Keep"),
  };
  const button = { type: "button" as const, action_id: "take_over", value: "nothing", text: words("Delete…"), confirm };
  const client = new WebClient(app.slack.botToken, { slackApiUrl: app.slack.apiUrl });
  const blocks = [{ type: "actions" as const, elements: [button] }];
  await client.chat.postMessage({ channel: "C0ALARMS", text: "asks first", parse: "none", blocks });
  await page.getByTestId("channel-C0ALARMS").click();
  const told = () => app.as("U0PRIYA").ephemerals().length;
  const before = told();
  await page.getByRole("button", { name: "Delete…" }).click();
  await focused("confirm-deny");
  await page.keyboard.press("Tab");
  await focused("confirm-yes");
  await page.keyboard.press("Escape");
  await page.getByTestId("confirm").waitFor({ state: "detached" });
  await focused("action-take_over");
  expect(told()).toBe(before);
  await page.keyboard.press("Enter");
  await page.getByTestId("confirm-yes").click();
  await app.until("the click", told, (count) => count > before);
});

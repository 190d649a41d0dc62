import chromium from "@sparticuz/chromium";
import { type Browser, chromium as playwright } from "playwright-core";

/** What that build leaves out and every reader's browser has: the walls between sites. */
const LAX = /^--(disable-web-security|disable-site-isolation-trials|allow-running-insecure-content)$/;

/** A real Chromium: the one that npm brings, or another that is named. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env["CHROMIUM_PATH"] ?? (await chromium.executablePath());
  return playwright.launch({ executablePath, args: chromium.args.filter((arg) => !LAX.test(arg)), headless: true });
}

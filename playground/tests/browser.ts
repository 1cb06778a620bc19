/** A headless Chromium with a built page, for all tests of a run. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Answers, Fault, Question } from "../src/answers";
import { type Served, serve } from "./serve";

/** The folder of the built page. */
export const SITE = process.env.PLAYGROUND ?? "";
/** Starting Python takes its time where other work is done, too. */
export const PATIENCE = 90_000;

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

declare global {
  var playground: {
    ask<Q extends Question>(what: Q, more: object): Promise<Answers[Q] | Fault>;
    times: Record<string, number[]>;
  };
}

export class Chromium {
  /** What was asked of the network, and what the console said of faults. */
  readonly requests: string[] = [];
  readonly faults: string[] = [];
  readonly address: string;
  readonly context: BrowserContext;
  readonly #browser: Browser;
  readonly #served: Served;

  private constructor(browser: Browser, served: Served, context: BrowserContext) {
    this.#browser = browser;
    this.#served = served;
    this.address = served.address;
    this.context = context;
    context.on("request", (request) => this.requests.push(request.url()));
    context.on("weberror", (fault) => this.faults.push(String(fault.error())));
    context.on("console", (message) => {
      if (message.type() === "error") this.faults.push(message.text());
    });
  }

  static async start(): Promise<Chromium> {
    const html = await readFile(join(SITE, "index.html"), "utf8");
    const policy = /Content-Security-Policy"\s+content="([^"]+)/.exec(html)?.[1];
    if (policy === undefined) throw new Error("the page has no Content-Security-Policy");
    // A worker has the policy of its own response, so that it is tested with the same.
    const served = await serve(SITE, policy);
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: FLAGS,
    });
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    return new Chromium(browser, served, context);
  }

  /** Opens the page, and waits for its first answer. */
  async open(fragment: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`${this.address}#${fragment}`);
    await settled(page);
    return page;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.#served.close();
  }

  /** Stops the server alone: from now on there is no network. */
  async unplug(): Promise<void> {
    await this.#served.close();
  }
}

/** Waits until the page shows an answer and neither worker works. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.body.dataset.shown === location.hash.slice(1) &&
      !document.body.classList.contains("busy"),
    null,
    { timeout: PATIENCE },
  );
}

/** Waits until comparing and advice are done, too. */
export async function advised(page: Page): Promise<void> {
  await page
    .locator("#advice-part:not([aria-busy])")
    .waitFor({ state: "visible", timeout: PATIENCE });
  await page.locator("#working").waitFor({ state: "hidden", timeout: PATIENCE });
}

export async function headline(page: Page): Promise<string> {
  return (await page.textContent("#headline")) ?? "";
}

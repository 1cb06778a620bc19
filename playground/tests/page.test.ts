/** The page in a browser: that it is the library, and that one can work with it. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { type Answers, failed, type Question } from "../src/answers";
import { EXAMPLES, exampleState } from "../src/examples";
import { fromFragment, toFragment } from "../src/state";
import { advised, Chromium, headline, PATIENCE, SITE, settled } from "./browser";

const run = promisify(execFile);
/** The Python that has the same wheel, and beside it the command. */
const PYTHON = process.env.PYTHON ?? "python3";
const HERE = process.env.PLAYGROUND_TESTS ?? "tests";
const LOG = join(SITE, "examples", "failed.log");

let chromium: Chromium;
let shared: Page | null = null;
const report: string[] = [];

before(async () => {
  chromium = await Chromium.start();
});

after(async () => {
  await chromium.stop();
  console.log(`\nMeasured, in ms\n${report.join("\n")}\n`);
});

/** The page at a state; the same one for all tests, whose Python has started. */
async function withPage(fragment: string, body: (page: Page) => Promise<void>): Promise<void> {
  shared ??= await chromium.open("example=none");
  await shared.setViewportSize({ width: 1400, height: 900 });
  await shared.goto(`${chromium.address}#${fragment}`);
  await settled(shared);
  await body(shared);
}

/** A page of its own, which is closed after the test. */
async function withNewPage(fragment: string, body: (page: Page) => Promise<void>): Promise<void> {
  const page = await chromium.open(fragment);
  try {
    await body(page);
  } finally {
    await page.close();
  }
}

async function ask<Q extends Question>(page: Page, what: Q, more: object): Promise<Answers[Q]> {
  const answer = await page.evaluate(
    ([what, more]) => globalThis.playground.ask(what as Question, more as object),
    [what, more] as const,
  );
  assert.ok(!failed(answer), JSON.stringify(answer));
  return answer as Answers[Q];
}

/** The link of an example. */
function example(id: string): string {
  const found = EXAMPLES.find((each) => each.id === id);
  assert.ok(found);
  return toFragment(exampleState(found));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function width(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth);
}

async function pasted(page: Page, text: string): Promise<void> {
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
  await page.focus("#paste");
  await page.keyboard.press("Control+V");
  await settled(page);
}

describe("the library", () => {
  test("gives the bytes of CPython for all vectors, and its forecasts", async () => {
    await withPage("example=none", async (page) => {
      const answer = await ask(page, "vectors", { dirtyMiBs: 300 });
      const { stdout } = await run(PYTHON, [join(HERE, "expected.py"), "300"], {
        maxBuffer: 1 << 26,
      });
      const expected = JSON.parse(stdout) as typeof answer;
      assert.ok(answer.lines.length > 100);
      assert.deepEqual(answer.lines, expected.lines);
      for (const [index, forecast] of expected.forecasts.entries()) {
        const found = answer.forecasts[index];
        assert.equal(found?.outcome, forecast.outcome);
        for (const [at, time] of forecast.times.entries()) {
          const other: number | null = found?.times[at] ?? null;
          if (time === null || other === null) assert.equal(other, time);
          else assert.ok(Math.abs(other - time) <= 0.001 * time + 1, `${other} for ${time}`);
        }
      }
    });
  });

  for (const example of EXAMPLES)
    test(`says of “${example.title}” what the command prints`, async () => {
      const texts = await Promise.all(
        example.files.map(async (name) => ({
          name,
          text: await readFile(join(SITE, "examples", name), "utf8"),
        })),
      );
      const questions: Question[] =
        example.id === "drain"
          ? ["plan"]
          : [
              "decision",
              "forecast",
              "rank",
              "advice",
              ...(example.id === "failed" ? (["diagnosis"] as const) : []),
            ];
      await withPage(`example=none`, async (page) => {
        await ask(page, "texts", { texts });
        for (const what of questions) {
          const answer = (await ask(page, what, { state: exampleState(example) })) as {
            text: string;
            command: string;
          };
          const child = run("sh", ["-c", answer.command], {
            cwd: join(SITE, "examples"),
            env: { ...process.env, PATH: `${dirname(PYTHON)}${delimiter}${process.env.PATH}` },
          });
          child.child.stdin?.end();
          assert.equal(`${answer.text}\n`, (await child).stdout, what);
        }
      });
    });
});

describe("journeys", () => {
  test("paste a log and get advice", async () => {
    await withPage("example=none", async (page) => {
      await pasted(page, await readFile(LOG, "utf8"));
      await advised(page);
      assert.match((await page.textContent("#diagnosis")) ?? "", /aborted: never-converges/);
      assert.ok((await page.locator("#advice li").count()) > 0);
      assert.doesNotMatch(page.url(), /migmon/);
    });
  });

  test("choose one of the VMs of a log", async () => {
    await withPage("example=none", async (page) => {
      const log = await readFile(LOG, "utf8");
      const second = "7d0c1a2f-0000-4000-8000-000000000001";
      assert.ok(await page.locator("#which").isHidden());
      await pasted(page, log + log.replaceAll("7d0c1a2e", "7d0c1a2f"));
      assert.match((await page.textContent("#texts .wrong")) ?? "", /about 2 VMs/);
      await page.fill("#which", second);
      await page.keyboard.press("Enter");
      await page.locator("#texts .wrong").waitFor({ state: "detached", timeout: PATIENCE });
      await settled(page);
      assert.match(page.url(), new RegExp(`which=${second}`));
      await page
        .locator("#diagnosis pre", { hasText: `--vm ${second}` })
        .first()
        .waitFor({
          state: "attached",
          timeout: PATIENCE,
        });
    });
  });

  test("take an option of the advice over", async () => {
    await withPage(`${example("database")}&goal.downtime=500ms`, async (page) => {
      await advised(page);
      const option = page.locator("#advice .options > li", { has: page.locator("button") }).first();
      const time = await option.locator(".figures dd").first().textContent();
      await option.locator("button").click();
      await settled(page);
      assert.equal(await page.locator("#forecast .figures dd").first().textContent(), time);
    });
  });

  test("advice leaves alone what is kept", async () => {
    await withPage(`${example("readme")}&keep=encrypted`, async (page) => {
      await advised(page);
      assert.ok(await page.isChecked("#field-keep-encrypted"));
      assert.match((await page.textContent("#advice")) ?? "", /--keep encrypted/);
      assert.doesNotMatch((await page.textContent("#advice .options")) ?? "", /vm\.encrypted/);
      await page.locator("#field-keep-encrypted").dispatchEvent("click");
      await settled(page);
      assert.doesNotMatch(page.url(), /keep/);
    });
  });

  test("a setting that has no field is shown, and can be taken back", async () => {
    await withPage("example=none&engine.parallelSupported.4.8=no&vm.colour=red", async (page) => {
      assert.match((await page.textContent("#others")) ?? "", /parallelSupported\.4\.8 = no/);
      assert.match((await page.textContent("#decision")) ?? "", /vm\.colour: no such setting/);
      assert.match(await headline(page), /No decision/);
      await page.click("[aria-label='Remove vm.colour']");
      await settled(page);
      assert.doesNotMatch(await headline(page), /No decision/);
      await page.click("[aria-label='Remove engine.parallelSupported.4.8']");
      await settled(page);
      assert.ok(await page.locator("#others-part").isHidden());
    });
  });

  test("click a remedy", async () => {
    await withPage(example("readme"), async (page) => {
      await page.click("#decision button:has-text('Migrate this VM unencrypted')");
      await page.click("#decision button:has-text('Remove the hard limit')");
      await page.waitForFunction(
        () => document.querySelector("#headline")?.textContent?.includes("zero-copy is on"),
        null,
        { timeout: PATIENCE },
      );
      assert.equal(await page.inputValue("[id='field-vm.encrypted']"), "no");
    });
  });

  test("an empty field shows what counts, and a chosen one hides it", async () => {
    await withPage("example=none", async (page) => {
      const first = (path: string): Promise<string | null> =>
        page.locator(`[id='field-${path}'] option`).first().textContent();
      assert.equal(await first("vm.policy"), "default (unchanged)");
      assert.equal(await first("cluster.policy"), "Minimal downtime (unchanged)");
      await page.selectOption("[id='field-vm.policy']", "Post-copy migration");
      await page.selectOption("[id='field-cluster.tunnelled']", "yes", { force: true });
      await settled(page);
      assert.equal(await first("cluster.policy"), "Minimal downtime (unchanged)");
      assert.equal(await first("vm.policy"), "Unchanged");
      assert.equal(await first("cluster.tunnelled"), "Unchanged");
      assert.match(await headline(page), /Post-copy migration/);
      await page.selectOption("[id='field-vm.policy']", "default");
      await settled(page);
      assert.match(await headline(page), /Minimal downtime/);
    });
  });

  test("a part that one has opened stays open", async () => {
    await withPage("example=none", async (page) => {
      const open = page.locator("#decision details[open]");
      assert.equal(await open.count(), 0);
      await page.click("#decision summary:has-text('On the command line')");
      await page.fill("[id='field-vm.vcpus']", "3");
      await settled(page);
      assert.equal(await open.count(), 1);
      assert.match((await open.textContent()) ?? "", /vm\.vcpus=3/);
      await open.locator("summary").click();
      await page.fill("[id='field-vm.vcpus']", "");
      await settled(page);
      assert.equal(await open.count(), 0);
    });
  });

  test("change a slider", async () => {
    await withPage(example("database"), async (page) => {
      const was = await page.textContent("#verdict");
      await page.focus("[aria-label='Write rate, slider']");
      for (let press = 0; press < 5; press++) await page.keyboard.press("ArrowLeft");
      await page.waitForFunction(
        (was) => document.querySelector("#verdict")?.textContent !== was,
        was,
        { timeout: PATIENCE },
      );
      const typed = await page.inputValue("[id='field-workload.dirtyMiBs']");
      assert.match(typed, /MiB\/s$/);
      const slider = page.locator("[aria-label='Write rate, slider']");
      assert.equal(await slider.getAttribute("aria-valuetext"), typed);
      await page.fill("[id='field-workload.dirtyMiBs']", "0");
      assert.equal(await slider.inputValue(), "0");
    });
  });

  test("share a link and open it", async () => {
    let link = "";
    let said = "";
    await withPage(example("database"), async (page) => {
      await page.fill("[id='field-vm.vcpus']", "3");
      await page.selectOption("[id='field-cluster.policy']", "Post-copy migration");
      await settled(page);
      said = await headline(page);
      await page.click("#share");
      link = await page.evaluate(() => navigator.clipboard.readText());
      assert.equal(await page.textContent("#status"), "Link copied.");
      await page.fill("[id='field-vm.vcpus']", "4");
      await settled(page);
      assert.equal(await page.textContent("#status"), "");
    });
    assert.match(link, /vm\.vcpus=3/);
    await withNewPage(link.split("#")[1] ?? "", async (page) => {
      assert.equal(await headline(page), said);
      assert.equal(await page.inputValue("[id='field-vm.vcpus']"), "3");
    });
  });

  test("change a step of the schedule", async () => {
    await withPage("example=none&cluster.policy=Very+large+VMs", async (page) => {
      await page.click("#steps-part > summary");
      await page.fill("#step-1-downtime", "100");
      await page.keyboard.press("Tab");
      await page.locator("#own").waitFor({ state: "visible", timeout: PATIENCE });
      await settled(page);
      assert.match((await page.textContent("#lint")) ?? "", /limit/);
      assert.match((await page.textContent("#export")) ?? "", /Very large VMs \(custom\)/);
      await page.click("#json-part > summary");
      await page.locator("#json .cm-content").waitFor();
      assert.match((await page.locator("#json .cm-content").textContent()) ?? "", /zeroCopy/);
      // One after the other, without waiting for an answer.
      await page.focus("#step-1-limit");
      await page.keyboard.type("1");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Control+A");
      await page.keyboard.type("12", { delay: 150 });
      await page.keyboard.type("34");
      await page.keyboard.press("Tab");
      await settled(page);
      assert.equal(await page.inputValue("#step-1-limit"), "11");
      assert.equal(await page.inputValue("#step-1-downtime"), "1234");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "step-1-remove");
      const rows = page.locator("#schedule [id$='-remove']");
      const before = await rows.count();
      await page.keyboard.press("Enter");
      await settled(page);
      assert.equal(await rows.count(), before - 1);
      assert.equal(await page.evaluate(() => document.activeElement?.id), "step-1-remove");
      await page.click("#own-drop");
      await page.selectOption("[id='field-vm.policy']", "Post-copy migration");
      await settled(page);
      assert.ok(await page.locator("#own").isHidden());
      assert.ok(await page.locator("#lint-part").isVisible());
      await page.selectOption("[id='field-cluster.level']", "4.2");
      await settled(page);
      await page.selectOption("[id='field-vm.policy']", "Legacy");
      await settled(page);
      for (const id of ["lint", "export", "steps", "json"])
        assert.ok(await page.locator(`#${id}-part`).isHidden(), id);
    });
  });

  test("a policy of one's own may leave out what it has none of", async () => {
    await withPage("example=none", async (page) => {
      const { draft } = await ask(page, "decision", { state: { settings: {} } });
      const config = { ...draft?.config, initialItems: null };
      const own = JSON.stringify({ ...draft, name: "Bare", config });
      await page.goto(
        `${chromium.address}#example=none&${new URLSearchParams({ "own-policy": own })}`,
      );
      await settled(page);
      assert.match(await headline(page), /Bare/);
      assert.equal(await page.textContent("#status"), "");
      await page.click("#own-drop");
      await page.selectOption("[id='field-cluster.policy']", "Very large VMs");
      await settled(page);
      assert.ok(await page.locator("#steps-part").isVisible());
    });
  });

  test("wrong input is named, where it is", async () => {
    await withPage(example("database"), async (page) => {
      await page.fill("[id='field-vm.vcpus']", "many");
      const field = page.locator("[id='field-vm.vcpus'][aria-invalid='true']");
      await field.waitFor({ timeout: PATIENCE });
      assert.match((await page.textContent("#decision")) ?? "", /vm\.vcpus: 'many' is not/);
      assert.ok(await page.locator("#export-part").isHidden());
      await page.fill("[id='field-vm.vcpus']", "");
      await field.waitFor({ state: "detached", timeout: PATIENCE });
      await page.fill("[id='field-workload.dirtyMiBs']", "fast");
      const said = page.locator("[id='field-workload.dirtyMiBs-fault']");
      await said.waitFor({ timeout: PATIENCE });
      assert.match((await said.textContent()) ?? "", /^'fast' is not/);
      await page.fill("[id='field-workload.dirtyMiBs']", "");
      await said.waitFor({ state: "detached", timeout: PATIENCE });
      await page.fill("#field-goal-finish", "soon");
      await page.locator("#field-goal-finish[aria-invalid='true']").waitFor({ timeout: PATIENCE });
      await page.fill("#field-goal-finish", "");
      await pasted(page, "nobody knows what this is");
      assert.match((await page.textContent("#texts .wrong")) ?? "", /not read/);
    });
  });

  test("markup that is pasted is text", async () => {
    await withPage("example=none", async (page) => {
      const markup = `<img src=x onerror="document.title='hurt'"><script>document.title='hurt'</script>`;
      await pasted(page, markup);
      const policy = { id: "x", name: markup, config: {} };
      await pasted(
        page,
        JSON.stringify({ cluster: { policy: { ...policy, description: markup } } }),
      );
      await page.waitForTimeout(300);
      assert.equal(await page.locator("#texts img, #texts script, #results img").count(), 0);
      assert.equal(await page.title(), "zcpolicy playground");
    });
  });

  test("the back button goes back", async () => {
    await withPage("example=none", async (page) => {
      await page.selectOption("[id='field-cluster.policy']", "Very large VMs");
      await settled(page);
      const large = await headline(page);
      await page.selectOption("[id='field-cluster.policy']", "Post-copy migration");
      await settled(page);
      assert.notEqual(await headline(page), large);
      await page.goBack();
      await settled(page);
      assert.equal(await headline(page), large);
      assert.equal(await page.inputValue("[id='field-cluster.policy']"), "Very large VMs");
    });
  });

  test("the back button brings texts back", async () => {
    await withPage("example=none", async (page) => {
      await pasted(page, '{"vm": {"vcpus": 7}}');
      const mine = await page.textContent("#texts");
      const said = await headline(page);
      assert.doesNotMatch(page.url(), /vcpus/);
      await page.click("#examples a:has-text('database')");
      await settled(page);
      assert.match((await page.textContent("#texts")) ?? "", /database/);
      await page.goBack();
      await settled(page);
      await page.waitForFunction(
        (mine) => document.querySelector("#texts")?.textContent === mine,
        mine,
        { timeout: PATIENCE },
      );
      await settled(page);
      assert.equal(await headline(page), said);
      await page.click("#clear");
      await settled(page);
      assert.equal(await page.textContent("#texts"), "");
      await page.goBack();
      await page.waitForFunction(
        (mine) => document.querySelector("#texts")?.textContent === mine,
        mine,
        { timeout: PATIENCE },
      );
    });
  });

  test("the back button reaches the field that one types in", async () => {
    await withPage("example=none", async (page) => {
      const vcpus = "[id='field-vm.vcpus']";
      await page.selectOption("[id='field-cluster.policy']", "Very large VMs");
      await page.fill(vcpus, "3");
      await settled(page);
      await page.focus(vcpus);
      await page.goBack();
      await settled(page);
      assert.equal(await page.inputValue(vcpus), "");
      assert.equal(await page.inputValue("[id='field-cluster.policy']"), "Very large VMs");
    });
  });

  test("a migration is diagnosed where nothing can be forecast", async () => {
    await withPage("example=none", async (page) => {
      await pasted(
        page,
        [
          "Job type:         Unbounded",
          "Time elapsed:     1000         ms",
          "Data processed:   1.000 GiB",
          "Data remaining:   3.000 GiB",
          "Data total:       4.000 GiB",
        ].join("\n"),
      );
      await page
        .locator("#diagnosis-part:not([aria-busy])")
        .waitFor({ state: "visible", timeout: PATIENCE });
    });
  });

  test("a phone shows all, and leads to the answer", async () => {
    await withPage(example("database"), async (page) => {
      await page.setViewportSize({ width: 390, height: 844 });
      const wide = await width(page);
      assert.ok(wide <= 390, `${wide} pixels wide`);
      await page.click("#summary");
      await page.waitForFunction(() => {
        const top = document.querySelector("#headline")?.getBoundingClientRect().top ?? -1;
        return top >= 0 && top < 400;
      });
    });
  });

  test("a plan fits a phone, and is told in words", async () => {
    await withPage(example("drain"), async (page) => {
      await page.setViewportSize({ width: 390, height: 844 });
      assert.equal(await page.locator("#plan tbody tr").count(), 20);
      assert.ok(await page.locator("[id='field-vm.vcpus']").isHidden());
      assert.match((await page.textContent("#plan tbody td.line")) ?? "", /^from the start until /);
      const wide = await width(page);
      assert.ok(wide <= 390, `${wide} pixels wide`);
    });
  });

  test("a plan beside another text is shown, and so is the decision", async () => {
    await withPage(example("drain"), async (page) => {
      await pasted(page, '{"vm": {"vcpus": 7}}');
      assert.ok(await page.locator("#plan-part").isVisible());
      assert.ok(await page.locator("#decision-part").isVisible());
      await page.click("[aria-label='Remove pasted-2']");
      await page.locator("#decision-part").waitFor({ state: "hidden", timeout: PATIENCE });
      assert.equal(await page.evaluate(() => document.activeElement?.id), "paste");
      assert.equal(await page.locator("#texts li").count(), 1);
    });
  });

  test("the keyboard alone does", async () => {
    await withPage("example=none", async (page) => {
      await page.focus("#share");
      const reached = new Set<string>();
      for (let press = 0; press < 60; press++) {
        await page.keyboard.press("Tab");
        reached.add((await page.evaluate(() => document.activeElement?.id)) ?? "");
      }
      for (const id of [
        "paste",
        "file",
        "field-cluster.policy",
        "field-vm.vcpus",
        "field-goal-finish",
      ])
        assert.ok(reached.has(id), id);
      const address = page.url();
      await page.focus("#skip");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement?.id), "results");
      assert.equal(page.url(), address);
      await page.focus("[id='field-cluster.policy']");
      await page.keyboard.type("Very");
      await page.keyboard.press("Enter");
      await page.waitForFunction(
        () => document.querySelector("#headline")?.textContent?.includes("Very large VMs"),
        null,
        { timeout: PATIENCE },
      );
    });
  });

  test("slow work can be cancelled, and begun again", async () => {
    // In a page of its own, where the second worker has to start first, so that there is time.
    await withNewPage(example("failed"), async (page) => {
      await page.locator("#cancel").waitFor({ state: "visible", timeout: PATIENCE });
      await page.click("#cancel");
      assert.ok(await page.locator("#working").isHidden());
      await page.click("#again");
      await advised(page);
    });
  });
});

describe("the page", () => {
  for (const scheme of ["light", "dark"] as const)
    test(`has no serious fault of access, ${scheme}`, async () => {
      await withPage(example("readme"), async (page) => {
        await page.emulateMedia({ colorScheme: scheme });
        await advised(page);
        for (const summary of await page.locator("details > summary").all())
          if (await summary.isVisible()) await summary.click();
        await page.evaluate(axe.source);
        const found = await page.evaluate(() =>
          (globalThis as unknown as { axe: typeof axe }).axe.run(document),
        );
        const serious = found.violations.filter((each) =>
          ["serious", "critical"].includes(each.impact ?? ""),
        );
        assert.deepEqual(
          serious.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join(" ")}`),
          [],
        );
      });
    });

  test("is printed dark on light, and whole, from a dark screen", async () => {
    await withPage(example("readme"), async (page) => {
      await page.emulateMedia({ colorScheme: "dark", media: "print" });
      const seen = await page.evaluate(() => {
        const root = getComputedStyle(document.documentElement);
        const pre = document.querySelector("#decision .copyable pre") as Element;
        return {
          text: root.getPropertyValue("--text"),
          warning: root.getPropertyValue("--warning-back"),
          height: getComputedStyle(pre).maxHeight,
        };
      });
      await page.emulateMedia({ colorScheme: null, media: null });
      assert.deepEqual(seen, { text: "#1b1c1e", warning: "#fff5e6", height: "none" });
    });
  });

  test("answers while one types", async () => {
    const since = performance.now();
    await withNewPage(example("database"), async (page) => {
      report.push(`first answer, warm cache: ${Math.round(performance.now() - since)}`);
      await advised(page);
      await page.evaluate(() => {
        for (const each of Object.values(globalThis.playground.times)) each.length = 0;
      });
      for (let count = 10; count < 30; count++) {
        await page.fill("[id='field-vm.vcpus']", String(count));
        await settled(page);
      }
      await advised(page);
      const times = await page.evaluate(() => globalThis.playground.times);
      for (const what of ["decision", "forecast", "rank", "advice"])
        report.push(
          `${what}, median of ${times[what]?.length}: ${Math.round(median(times[what] ?? []))}`,
        );
      assert.ok((times.forecast?.length ?? 0) > 10);
    });
  });

  test("carries a state in a link and back", () => {
    const state = {
      ...fromFragment(
        "vm.vcpus=3&goal.finish=5min&goal.postcopy=yes&keep=policy&keep=parallel&which=db&own-policy-of=vm",
      ),
      policy: { name: "a&b", config: {} },
    };
    assert.deepEqual(fromFragment(toFragment(state)), state);
  });

  test("asks nobody else for anything, and breaks no rule of its own", () => {
    assert.ok(chromium.requests.length > 0);
    for (const url of chromium.requests)
      assert.ok(url.startsWith(chromium.address) || url.startsWith("data:"), url);
    assert.deepEqual(chromium.faults, []);
  });

  test("works without a network once it was there", async () => {
    const page = await chromium.open(example("database"));
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, {
      timeout: PATIENCE,
    });
    await page.close();
    await chromium.unplug();
    await withNewPage(example("failed"), async (page) => {
      await advised(page);
      assert.match(await headline(page), /Minimal downtime/);
    });
  });
});

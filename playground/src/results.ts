/** Draws answers. It computes nothing, and inserts texts only as text. */

import {
  type Advice,
  type Decision,
  type Diagnosis,
  type Fault,
  type Forecast,
  failed,
  type Option,
  type Plan,
  type Ranking,
  type Said,
} from "./answers";
import { type Chart, legend } from "./chart";
import { byId, type Child, copyable, fill, folded, h } from "./dom";
import { findingLine } from "./schedule";
import type { State } from "./state";

/** Applies the changes of a click: settings, a policy. */
export type Apply = (change: Partial<Pick<State, "settings" | "policy" | "policyOf">>) => void;

/** The command's output, and the command line. */
function printed(id: string, answer: { text: string; command: string }): HTMLElement {
  return folded(
    `printed-${id}`,
    "On the command line",
    copyable(answer.command, "command line"),
    h("pre", { tabindex: 0, class: "printed", "aria-label": "output" }, answer.text),
  );
}

function problem(fault: Fault): HTMLElement {
  const { what, problem } = fault.error;
  return h(
    "div",
    { class: "problem" },
    h("strong", {}, what),
    h("ul", {}, ...problem.split("\n").map((line) => h("li", {}, line))),
  );
}

function show(id: string, ...children: readonly Child[]): void {
  fill(byId(id), ...children);
  const part = byId(`${id}-part`);
  part.hidden = false;
  part.removeAttribute("aria-busy");
}

/** Marks a part of the results as the answer to an earlier question. */
export function outdated(id: string): void {
  byId(`${id}-part`).setAttribute("aria-busy", "true");
}

/** Hides a part of the results that does not apply. */
export function hide(id: string): void {
  byId(`${id}-part`).hidden = true;
}

const LABELS: readonly [string, string][] = [
  ["zerocopy", "Zero-copy"],
  ["parallel", "Connections"],
  ["autoConverge", "Autoconverge"],
  ["compressed", "Compression"],
  ["encrypted", "Encryption"],
  ["tunnelled", "Tunnel"],
  ["maxBandwidth", "Bandwidth"],
  ["downtime", "Downtime"],
  ["schedule", "Schedule"],
  ["enableGuestEvents", "Guest events"],
  ["incomingLimit", "Migrations in"],
  ["outgoingLimit", "Migrations out"],
];

export function showDecision(answer: Decision | Fault, apply: Apply): void {
  if (failed(answer)) {
    byId("headline").textContent = "No decision: invalid input";
    show("decision", problem(answer));
    return;
  }
  const { reasons, notices, vmMigrate, libvirt } = answer.answer;
  byId("headline").textContent = answer.text.split("\n")[0] ?? "";
  const known = LABELS.filter(([key]) => key in reasons);
  show(
    "decision",
    notices.length
      ? h(
          "ul",
          { class: "notices", "aria-label": "Notices" },
          ...notices.map((notice, index) =>
            h(
              "li",
              { class: notice.severity },
              h("p", {}, h("strong", {}, notice.code), ` ${notice.message}`),
              notice.remedy ? h("p", { class: "remedy" }, `→ ${notice.remedy}`) : null,
              ...(answer.fixes[index] ?? []).map((fix) => {
                const button = h("button", { type: "button", class: "fix" }, fix.label);
                button.addEventListener("click", () => apply({ settings: fix.settings }));
                return button;
              }),
            ),
          ),
        )
      : null,
    h(
      "dl",
      { class: "reasons" },
      ...known.flatMap(([key, label]) => [h("dt", {}, label), h("dd", {}, reasons[key])]),
    ),
    folded(
      "sent",
      "Requests to Vdsm and libvirt",
      copyable(JSON.stringify(vmMigrate, null, 1), "VM.migrate request"),
      copyable(JSON.stringify(libvirt, null, 1), "libvirt flags and parameters"),
    ),
    printed("decision", answer),
  );
}

function figures(said: Said): HTMLElement {
  const entry = (label: string, text: string): HTMLElement =>
    h("div", {}, h("dt", {}, label), h("dd", {}, text));
  return h(
    "dl",
    { class: "figures" },
    entry("Time", said.total),
    entry("Downtime", said.downtime),
    entry("Throttle", said.throttle),
    entry("Sent", said.sent),
  );
}

export function showForecast(answer: Forecast | Fault, chart: Chart, canvas: HTMLElement): void {
  // Separate: screen readers announce it after each keystroke, and should read nothing more.
  const verdict = byId("verdict");
  if (failed(answer)) {
    verdict.textContent = "";
    show("forecast", h("p", { class: "hint" }, answer.error.problem));
    return;
  }
  verdict.textContent = answer.answer.verdict;
  show(
    "forecast",
    figures(answer.said),
    canvas,
    legend(),
    answer.answer.assumed.length
      ? folded(
          "assumed",
          "Assumed",
          h("ul", {}, ...answer.answer.assumed.map((each) => h("li", {}, each))),
        )
      : null,
    printed("forecast", answer),
  );
  chart.show(answer.curve);
}

export function showRanking(answer: Ranking | Fault, apply: Apply): void {
  if (failed(answer)) {
    hide("rank");
    return;
  }
  const head = ["Policy", "Outcome", "Time", "Downtime", "Throttle", "Sent"];
  show(
    "rank",
    h(
      "div",
      { class: "scrolled", tabindex: 0, role: "region", "aria-label": "Policy comparison" },
      h(
        "table",
        { class: "ranking" },
        h("thead", {}, h("tr", {}, ...head.map((each) => h("th", { scope: "col" }, each)))),
        h("tbody", {}, ...answer.options.map((option) => rankRow(option, apply))),
      ),
    ),
    printed("rank", answer),
  );
}

function rankRow(option: Option, apply: Apply): HTMLElement {
  const { outcome, total, downtime, throttle, sent } = option.said;
  const button = h("button", { type: "button", class: "plain link" }, option.name);
  button.addEventListener("click", () => apply(option.apply));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, button),
    ...[outcome, total, downtime, throttle, sent].map((each) => h("td", {}, each)),
  );
}

function options(found: readonly Option[], apply: Apply): HTMLElement {
  return h(
    "ol",
    { class: "options" },
    ...found.map((option) => {
      const button = h("button", { type: "button", class: "fix" }, "Apply changes");
      button.addEventListener("click", () => apply(option.apply));
      return h(
        "li",
        {},
        ...(option.changes.length ? option.changes : ["No change"]).map((each) => h("p", {}, each)),
        h("p", { class: "outcome" }, `${option.said.outcome}: ${option.said.total}`),
        figures(option.said),
        option.changes.length ? button : null,
      );
    }),
  );
}

export function showAdvice(answer: Advice | Fault, apply: Apply): void {
  if (failed(answer)) {
    show("advice", problem(answer));
    return;
  }
  const { met, limit } = answer.answer;
  show(
    "advice",
    met ? null : h("p", { class: "verdict" }, `The goal cannot be met. ${limit ?? ""}`),
    options(answer.options, apply),
    printed("advice", answer),
  );
}

export function showDiagnosis(answer: Diagnosis | Fault, apply: Apply): void {
  if (failed(answer)) {
    show("diagnosis", problem(answer));
    return;
  }
  show(
    "diagnosis",
    h(
      "p",
      { class: "verdict" },
      h("strong", {}, `${answer.answer.outcome}: ${answer.answer.cause}`),
    ),
    h("p", {}, answer.answer.message),
    answer.options.length ? h("h3", {}, "What would help") : null,
    answer.options.length ? options(answer.options, apply) : null,
    printed("diagnosis", answer),
  );
}

export function showLint(answer: Decision | Fault): void {
  // Legacy has no schedule to check.
  if (failed(answer) || answer.draft === null) {
    hide("lint");
    return;
  }
  show(
    "lint",
    ...(answer.lint.length
      ? answer.lint.map(findingLine)
      : [h("p", { class: "hint" }, "Nothing found: the policy does what it says.")]),
  );
}

export function showExport(answer: Decision | Fault): void {
  if (failed(answer) || answer.export === null) {
    hide("export");
    return;
  }
  show(
    "export",
    h("p", { class: "hint" }, "Sets the level’s list of policies, including this one."),
    copyable(answer.export, "engine-config command"),
  );
}

export function showPlan(answer: Plan | Fault): void {
  if (failed(answer)) {
    show("plan", problem(answer));
    return;
  }
  const { total, legs, stays } = answer.drawn;
  const last = Math.max(...legs.map((leg) => leg.end));
  show(
    "plan",
    h("p", { class: "verdict" }, total),
    stays.length ? h("h3", {}, "VMs that will not leave") : null,
    h(
      "ul",
      { class: "stays" },
      ...stays.map((stay) => h("li", {}, h("strong", {}, stay.name), `: ${stay.reason}`)),
    ),
    h(
      "table",
      { class: "legs" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ...["VM", "Outcome", "Takes", "When"].map((each) => h("th", { scope: "col" }, each)),
        ),
      ),
      h(
        "tbody",
        {},
        ...legs.map((leg) => {
          const until = leg.until === null ? ", never ends" : ` until ${leg.until}`;
          const bar = h("div", { class: "bar", title: `from ${leg.since}${until}` });
          bar.style.marginLeft = `${(100 * leg.start) / last}%`;
          bar.style.width = `${(100 * (leg.end - leg.start)) / last}%`;
          if (leg.outcome !== "completes") bar.classList.add("not");
          return h(
            "tr",
            {},
            h("th", { scope: "row" }, leg.name),
            h("td", {}, leg.outcome),
            h("td", {}, leg.total),
            h("td", { class: "line" }, bar, h("span", { class: "hidden" }, bar.title)),
          );
        }),
      ),
    ),
    printed("plan", answer),
  );
}

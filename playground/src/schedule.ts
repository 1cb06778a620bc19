/** The policy's schedule as a table of steps, with lint's findings next to its rows. */

import type { Finding } from "./answers";
import { fill, h, removeButton } from "./dom";
import type { PolicyAction, PolicyEntry } from "./state";

type Place = "initialItems" | "convergenceItems" | "lastItems";

interface Step {
  place: Place;
  index: number;
  limit: number | null;
  action: PolicyAction;
}

const ACTIONS: readonly [string, string][] = [
  ["setDowntime", "downtime limit"],
  ["postcopy", "switch to post-copy"],
  ["abort", "abort"],
];
const WHEN: Readonly<Record<Place, string>> = {
  initialItems: "at the start",
  convergenceItems: "after",
  lastItems: "finally",
};

function steps(policy: PolicyEntry): Step[] {
  const { initialItems, convergenceItems, lastItems } = policy.config;
  return [
    ...(initialItems ?? []).map(
      (action, index): Step => ({ place: "initialItems", index, limit: null, action }),
    ),
    ...(convergenceItems ?? []).map(
      (item, index): Step => ({
        place: "convergenceItems",
        index,
        limit: item.stallingLimit,
        action: item.convergenceItem,
      }),
    ),
    ...(lastItems ?? []).map(
      (action, index): Step => ({ place: "lastItems", index, limit: null, action }),
    ),
  ];
}

function withSteps(policy: PolicyEntry, all: readonly Step[]): PolicyEntry {
  const at = (place: Place): Step[] => all.filter((step) => step.place === place);
  return {
    ...policy,
    config: {
      ...policy.config,
      initialItems: at("initialItems").map((step) => step.action),
      convergenceItems: at("convergenceItems").map((step) => ({
        stallingLimit: step.limit ?? 1,
        convergenceItem: step.action,
      })),
      lastItems: at("lastItems").map((step) => step.action),
    },
  };
}

function withAnother(policy: PolicyEntry): PolicyEntry {
  const all = steps(policy);
  const last = all.filter((step) => step.place === "convergenceItems").pop();
  const step: Step = {
    place: "convergenceItems",
    index: 0,
    limit: (last?.limit ?? 0) + 1,
    action: acting("setDowntime", last?.action.params?.[0] ?? "500"),
  };
  return withSteps(policy, [...all, step]);
}

function acting(name: string, downtime: string): PolicyAction {
  return { action: name, params: name === "setDowntime" ? [downtime] : [] };
}

/** A change of the policy current at that time: answers arrive after the next change. */
export type Edit = (policy: PolicyEntry) => PolicyEntry;

/** Input in the table that is not applied yet, which answers must not undo. */
function typing(parent: Element): HTMLInputElement | null {
  const found = document.activeElement;
  const typed =
    found instanceof HTMLInputElement &&
    parent.contains(found) &&
    found.value !== found.defaultValue;
  return typed ? found : null;
}

/** Draws the table; *changed* gets edits, to be applied to a policy. */
export function drawSchedule(
  parent: Element,
  policy: PolicyEntry,
  findings: readonly Finding[],
  changed: (edit: Edit) => void,
): void {
  const busy = typing(parent);
  if (busy) {
    // Wait until the focus has moved: an applied change gets its own answer.
    busy.onchange = () => {
      busy.onblur = null;
    };
    busy.onblur = () => setTimeout(drawSchedule, 0, parent, policy, findings, changed);
    return;
  }
  const all = steps(policy);
  const focused = document.activeElement?.id ?? "";
  const replaced = (index: number, edit: StepEdit): void =>
    changed((policy) =>
      withSteps(
        policy,
        steps(policy).flatMap((each, at) => (at === index ? (edit(each) ?? []) : each)),
      ),
    );
  const rows = all.flatMap((step, index) => {
    const about = findings.filter((each) =>
      each.path.startsWith(`config.${step.place}[${step.index}]`),
    );
    const row = stepRow(step, index, (edit) => replaced(index, edit));
    return [
      row,
      ...about.map((finding) => h("tr", {}, h("td", { colspan: 4 }, findingLine(finding)))),
    ];
  });
  const add = h("button", { id: "step-add", type: "button", class: "plain" }, "Add step");
  add.addEventListener("click", () => changed(withAnother));
  const others = findings.filter(
    (each) => !all.some((step) => each.path.startsWith(`config.${step.place}[${step.index}]`)),
  );
  fill(
    parent,
    h(
      "table",
      { class: "steps" },
      h("caption", {}, "Actions while the migration stalls"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "When"),
          h("th", { scope: "col" }, "Action"),
          h("th", { scope: "col" }, "Limit, ms"),
          h("th", { scope: "col" }, h("span", { class: "hidden" }, "Remove")),
        ),
      ),
      h("tbody", {}, ...rows),
    ),
    add,
    ...others.map(findingLine),
  );
  // The row may no longer exist.
  if (focused.startsWith("step-")) (document.getElementById(focused) ?? add).focus();
}

/** A change of the step current at that time; null removes it. */
type StepEdit = (step: Step) => Step | null;

function stepRow(step: Step, index: number, changed: (edit: StepEdit) => void): HTMLElement {
  const name = `Step ${index + 1}`;
  const limit =
    step.limit === null
      ? null
      : h("input", {
          id: `step-${index}-limit`,
          type: "number",
          min: -1,
          value: step.limit,
          "aria-label": `${name}: stalled iterations`,
        });
  limit?.addEventListener("change", () => {
    if (limit.value) changed((step) => ({ ...step, limit: Number(limit.value) }));
    else limit.value = limit.defaultValue;
  });
  const action = h("select", { id: `step-${index}-action`, "aria-label": `${name}: action` });
  fill(action, ...ACTIONS.map(([value, label]) => h("option", { value }, label)));
  action.value = step.action.action;
  const downtime = h("input", {
    id: `step-${index}-downtime`,
    type: "number",
    min: 1,
    value: String(step.action.params?.[0] ?? ""),
    "aria-label": `${name}: downtime limit in ms`,
  });
  downtime.hidden = action.value !== "setDowntime";
  action.addEventListener("change", () =>
    changed((step) => ({ ...step, action: acting(action.value, downtime.value || "500") })),
  );
  downtime.addEventListener("change", () =>
    changed((step) => ({ ...step, action: acting("setDowntime", downtime.value) })),
  );
  const remove = removeButton(name, () => changed(() => null), `step-${index}-remove`);
  return h(
    "tr",
    {},
    h("td", {}, WHEN[step.place], limit ? " " : null, limit),
    h("td", {}, action),
    h("td", {}, downtime),
    h("td", {}, remove),
  );
}

/** A finding of lint, with its remedy. */
export function findingLine(finding: Finding): HTMLElement {
  return h(
    "p",
    { class: `finding ${finding.severity}` },
    h("strong", {}, finding.code),
    ` ${finding.message}`,
    finding.remedy ? h("span", { class: "remedy" }, ` → ${finding.remedy}`) : null,
  );
}

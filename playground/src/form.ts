/** Draws the settings, and tells of what is typed into them. */

import type { Decision } from "./answers";
import { byId, fill, folded, h } from "./dom";
import { type Field, SECTIONS } from "./fields";
import type { Goal, State } from "./state";

/** Told of a change: what is being typed, or nothing where it was chosen, and the state after it. */
export type Changed = (about: string, change: (state: State) => State) => void;

type Control = HTMLInputElement | HTMLSelectElement;

const GOALS: readonly { key: Exclude<keyof Goal, "postcopy">; label: string; hint: string }[] = [
  { key: "finish", label: "Over within", hint: "30min" },
  { key: "downtime", label: "Downtime of at most", hint: "1s" },
  { key: "throttle", label: "Throttled by at most", hint: "30%" },
];

export class Form {
  readonly #controls = new Map<string, Control>();
  readonly #sliders = new Map<string, { slider: HTMLInputElement; field: Field }>();
  readonly #changed: Changed;
  #policy!: HTMLSelectElement;
  #postcopy!: HTMLInputElement;

  constructor(changed: Changed) {
    this.#changed = changed;
    for (const section of SECTIONS) {
      const more = section.more ?? [];
      fill(
        byId(`${section.id}-fields`),
        ...section.fields.map((field) => this.#row(field)),
        more.length
          ? folded("More", h("div", { class: "fields" }, ...more.map((each) => this.#row(each))))
          : null,
      );
    }
    fill(byId("policy-fields"), this.#policyRow());
    fill(byId("goal-fields"), ...this.#goalRows());
  }

  /** Shows a state. */
  show(state: State): void {
    for (const [key, control] of this.#controls) {
      const value = key.startsWith("goal.")
        ? String(state.goal[key.slice(5) as keyof Goal])
        : (state.settings[key] ?? "");
      if (control instanceof HTMLSelectElement) choose(control, value);
      // Also in the field that one types in, which back and forward change; else it is the same.
      else if (control.value !== value) control.value = value;
    }
    this.#postcopy.checked = state.goal.postcopy;
    choose(this.#policy, state.settings["cluster.policy"] ?? "");
    this.#policy.disabled = state.policy !== null && state.policyOf === "cluster";
    for (const [path, { slider, field }] of this.#sliders)
      place(slider, field, state.settings[path]);
  }

  /** Shows what counts where a field is empty: of the workload, or of all else. */
  explain(values: Readonly<Record<string, string>>, workload: boolean): void {
    for (const [path, control] of this.#controls) {
      if (path.startsWith("workload.") !== workload || path.startsWith("goal.")) continue;
      const value = values[path];
      if (control instanceof HTMLSelectElement)
        (control.options[0] as HTMLOptionElement).text = value ? `as it is: ${value}` : "as it is";
      else control.placeholder = value || control.dataset.hint || "";
      const field = this.#sliders.get(path);
      if (field && !control.value) place(field.slider, field.field, value);
    }
  }

  /** Offers the policies that there are at the level. */
  offer(decision: Decision): void {
    const chosen = this.#policy.value;
    fill(
      this.#policy,
      h("option", { value: "" }, `as it is: ${decision.policyName}`),
      ...decision.policies.map((name) => h("option", { value: name }, name)),
    );
    choose(this.#policy, chosen);
  }

  /** Marks the fields that a fault names. */
  fault(problem: string | null): void {
    for (const [path, control] of this.#controls) {
      const wrong = problem?.split("\n").some((line) => line.startsWith(`${path}:`)) ?? false;
      if (wrong) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }

  #row(field: Field): HTMLElement {
    const id = `field-${field.path}`;
    const control = field.choices
      ? h(
          "select",
          { id },
          h("option", { value: "" }, "as it is"),
          ...field.choices.map((each) => h("option", { value: each }, each)),
        )
      : h("input", { id, autocomplete: "off", spellcheck: "false", "data-hint": field.hint ?? "" });
    const say = (): void =>
      this.#changed(field.choices ? "" : field.path, (state) => ({
        ...state,
        settings: { ...state.settings, [field.path]: control.value },
      }));
    control.addEventListener("input", say);
    this.#controls.set(field.path, control);
    const extras: Node[] = [];
    if (field.suggestions && control instanceof HTMLInputElement) {
      const list = h("datalist", { id: `${id}-list` });
      fill(list, ...field.suggestions.map((each) => h("option", { value: each })));
      control.setAttribute("list", list.id);
      extras.push(list);
    }
    if (field.slider) extras.push(this.#slider(field, control as HTMLInputElement));
    return h(
      "div",
      { class: field.slider ? "field wide" : "field" },
      h("label", { for: id }, field.label),
      control,
      ...extras,
    );
  }

  #slider(field: Field, control: HTMLInputElement): HTMLElement {
    const slider = h("input", {
      type: "range",
      min: 0,
      max: 100,
      "aria-label": `${field.label}, slider`,
    });
    slider.addEventListener("input", () => {
      const { from, to, unit } = field.slider as NonNullable<Field["slider"]>;
      const value = from * (to / from) ** (Number(slider.value) / 100);
      const short = Number(value.toPrecision(2));
      control.value = `${short}${unit}`;
      control.dispatchEvent(new Event("input"));
    });
    this.#sliders.set(field.path, { slider, field });
    return slider;
  }

  #policyRow(): HTMLElement {
    this.#policy = h("select", { id: "field-policy" }, h("option", { value: "" }, "as it is"));
    this.#policy.addEventListener("input", () => {
      const name = this.#policy.value;
      this.#changed("", (state) => ({
        ...state,
        settings: { ...state.settings, "cluster.policy": name },
      }));
    });
    return h(
      "div",
      { class: "field wide" },
      h("label", { for: "field-policy" }, "The cluster’s policy"),
      this.#policy,
    );
  }

  #goalRows(): HTMLElement[] {
    const rows = GOALS.map(({ key, label, hint }) => {
      const id = `field-goal-${key}`;
      const control = h("input", { id, placeholder: hint, autocomplete: "off", "data-hint": hint });
      control.addEventListener("input", () => {
        const value = control.value;
        this.#changed(`goal.${key}`, (state) => ({
          ...state,
          goal: { ...state.goal, [key]: value },
        }));
      });
      this.#controls.set(`goal.${key}`, control);
      return h("div", { class: "field" }, h("label", { for: id }, label), control);
    });
    this.#postcopy = h("input", { type: "checkbox", id: "field-goal-postcopy" });
    this.#postcopy.addEventListener("change", () => {
      const postcopy = this.#postcopy.checked;
      this.#changed("", (state) => ({ ...state, goal: { ...state.goal, postcopy } }));
    });
    const label = h("label", { for: "field-goal-postcopy" }, "Post-copy will do");
    return [...rows, h("div", { class: "field check" }, this.#postcopy, label)];
  }
}

/** Chooses a value, also one that the list lacks: a link may have spelt it otherwise. */
function choose(select: HTMLSelectElement, value: string): void {
  if (![...select.options].some((option) => option.value === value))
    select.append(h("option", { value }, value));
  select.value = value;
}

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  mib: 1,
  "mib/s": 1,
  gib: 1024,
  "gib/s": 1024,
  tib: 1024 * 1024,
  mbps: 1,
  gbps: 1000,
};

/** Puts a slider where its field is; the library alone reads what is typed, this is a hint. */
function place(slider: HTMLInputElement, field: Field, typed: string | undefined): void {
  if (document.activeElement === slider) return;
  const found = /^\s*([\d.]+)\s*([a-z/]*)\s*$/i.exec(typed ?? "");
  const scale = UNITS[found?.[2]?.toLowerCase() ?? ""];
  if (!found || scale === undefined || !field.slider) return;
  const { from, to, unit } = field.slider;
  const value = (Number(found[1]) * scale) / (UNITS[unit.toLowerCase()] ?? 1);
  slider.value = String((100 * Math.log(value / from)) / Math.log(to / from));
  slider.setAttribute("aria-valuetext", typed ?? "");
}

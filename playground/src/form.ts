/** Draws the settings and reports input. */

import { byId, fill, folded, h, removeButton } from "./dom";
import { type Field, KEEP, SECTIONS } from "./fields";
import { type Goal, type State, withSettings } from "./state";

/** Called on a change: with the field being typed in, none for a choice, and the new state. */
export type Changed = (about: string, change: (state: State) => State) => void;

type Control = HTMLInputElement | HTMLSelectElement;

/** The subject of a question, and so of the faults in its answer. */
export type Part = "settings" | "workload" | "goal";

function partOf(path: string): Part {
  const start = path.split(".")[0];
  return start === "workload" || start === "goal" ? start : "settings";
}

/** The fields whose choices come from the library. */
const POLICIES = ["cluster.policy", "vm.policy"];
const CHOICES = new Map(
  SECTIONS.flatMap(({ fields }) => fields.map(({ path, choices }) => [path, choices ?? []])),
);

/** The choice that leaves a setting to the texts and defaults. */
const UNCHANGED = "Unchanged";

const GOALS: readonly { key: Exclude<keyof Goal, "postcopy">; label: string; hint: string }[] = [
  { key: "finish", label: "Finish within", hint: "30min" },
  { key: "downtime", label: "Maximum downtime", hint: "1s" },
  { key: "throttle", label: "Maximum throttle", hint: "30%" },
];

export class Form {
  readonly #controls = new Map<string, Control>();
  readonly #sliders = new Map<string, { slider: HTMLInputElement; field: Field }>();
  readonly #changed: Changed;
  readonly #kept = new Map<string, HTMLInputElement>();
  #postcopy!: HTMLInputElement;

  constructor(changed: Changed) {
    this.#changed = changed;
    for (const section of SECTIONS) {
      const more = section.more ?? [];
      fill(
        byId(`${section.id}-fields`),
        ...section.fields.map((field) => this.#row(field)),
        more.length
          ? folded(
              `more-${section.id}`,
              "More",
              h("div", { class: "fields" }, ...more.map((each) => this.#row(each))),
            )
          : null,
      );
    }
    fill(byId("goal-fields"), ...this.#goalRows(), this.#keepRow());
  }

  /** Shows a state. */
  show(state: State): void {
    for (const [key, control] of this.#controls) {
      const value = key.startsWith("goal.")
        ? String(state.goal[key.slice(5) as keyof Goal])
        : (state.settings[key] ?? "");
      if (control instanceof HTMLSelectElement) choose(control, value);
      // Back and forward also change the focused field; otherwise its text is the same anyway.
      else if (control.value !== value) control.value = value;
    }
    this.#postcopy.checked = state.goal.postcopy;
    for (const [what, box] of this.#kept) box.checked = state.keep.includes(what);
    this.#showOthers(state);
    (byId("which") as HTMLInputElement).value = state.vm;
    // The user's own policy takes precedence.
    for (const path of POLICIES)
      (this.#controls.get(path) as HTMLSelectElement).disabled =
        state.policy !== null && path === `${state.policyOf}.policy`;
    for (const [path, { slider, field }] of this.#sliders)
      place(slider, field, state.settings[path]);
  }

  /** Shows the values that apply where fields are empty: of the workload, or of all others. */
  explain(values: Readonly<Record<string, string>>, workload: boolean): void {
    for (const [path, control] of this.#controls) {
      if (partOf(path) !== (workload ? "workload" : "settings")) continue;
      const value = values[path];
      if (control instanceof HTMLSelectElement) showUnchanged(control, value);
      else control.placeholder = value || control.dataset.hint || "";
      const field = this.#sliders.get(path);
      if (field && !control.value) place(field.slider, field.field, value);
    }
  }

  /** Offers the policies of the level. */
  offer(names: readonly string[]): void {
    for (const path of POLICIES) {
      const select = this.#controls.get(path) as HTMLSelectElement;
      const offered = [...(CHOICES.get(path) ?? []), ...names];
      const had = [...select.options].slice(1, offered.length + 1).map((option) => option.value);
      // Do not replace an open list without need.
      if (offered.every((name, index) => name === had[index])) continue;
      const [first, chosen] = [select.options[0] as HTMLOptionElement, select.value];
      fill(select, first, ...offered.map((value) => h("option", { value }, value)));
      choose(select, chosen);
    }
  }

  /** Marks the fields of a part that have faults, and shows the faults there. */
  fault(part: Part, problem: string | null): void {
    const lines = problem?.split("\n") ?? [];
    for (const [path, control] of this.#controls) {
      if (partOf(path) !== part) continue;
      const wrong = lines.find((line) => line.startsWith(`${path}:`));
      const said = document.getElementById(`${control.id}-fault`);
      if (wrong === undefined) {
        control.removeAttribute("aria-invalid");
        control.removeAttribute("aria-describedby");
        said?.remove();
        continue;
      }
      const text = wrong.slice(path.length + 1).trim();
      control.setAttribute("aria-invalid", "true");
      if (said) said.textContent = text;
      else {
        const added = h("p", { id: `${control.id}-fault`, class: "fault" }, text);
        control.setAttribute("aria-describedby", added.id);
        control.parentElement?.append(added);
      }
    }
  }

  #row(field: Field): HTMLElement {
    const id = `field-${field.path}`;
    const control = field.choices
      ? h(
          "select",
          { id },
          h("option", { value: "" }, UNCHANGED),
          ...field.choices.map((each) => h("option", { value: each }, each)),
        )
      : h("input", { id, autocomplete: "off", spellcheck: "false", "data-hint": field.hint ?? "" });
    const change = (): void =>
      this.#changed(field.choices ? "" : field.path, (state) => ({
        ...state,
        settings: { ...state.settings, [field.path]: control.value },
      }));
    control.addEventListener("input", change);
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
      slider.setAttribute("aria-valuetext", control.value);
      control.dispatchEvent(new Event("input"));
    });
    this.#sliders.set(field.path, { slider, field });
    return slider;
  }

  /** Settings from links or remedies that no field shows; shown so that they can be removed. */
  #showOthers(state: State): void {
    const others = Object.entries(state.settings).filter(
      ([path, value]) => value && !this.#controls.has(path),
    );
    byId("others-part").hidden = others.length === 0;
    fill(
      byId("others"),
      ...others.map(([path, value]) => {
        const remove = removeButton(path, () => {
          this.#changed("", (state) => withSettings(state, { [path]: "" }));
          byId("paste").focus();
        });
        return h("li", { class: "text" }, h("div", {}, `${path} = ${value}`, remove));
      }),
    );
  }

  #keepRow(): HTMLElement {
    const boxes = KEEP.map(([what, label]) => {
      const box = h("input", { type: "checkbox", id: `field-keep-${what}` });
      box.addEventListener("change", () => {
        const keep = KEEP.map(([each]) => each).filter((each) => this.#kept.get(each)?.checked);
        this.#changed("", (state) => ({ ...state, keep }));
      });
      this.#kept.set(what, box);
      return h("span", { class: "check" }, box, h("label", { for: box.id }, label));
    });
    return folded(
      "keep",
      "Settings to keep",
      h(
        "div",
        { class: "checks", role: "group", "aria-label": "Settings that advice must not change" },
        ...boxes,
      ),
    );
  }

  #goalRows(): HTMLElement[] {
    const rows = GOALS.map(({ key, label, hint }) => {
      const id = `field-goal-${key}`;
      const control = h("input", { id, placeholder: hint, autocomplete: "off" });
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
    const label = h("label", { for: "field-goal-postcopy" }, "Allow post-copy");
    return [...rows, h("div", { class: "field check" }, this.#postcopy, label)];
  }
}

/** Shows the value that applies if nothing is chosen; a choice hides it. */
function showUnchanged(select: HTMLSelectElement, value: string | undefined): void {
  const first = select.options[0] as HTMLOptionElement;
  // The value comes first, since narrow fields cut off the end.
  const text = value && !select.value ? `${value} (${UNCHANGED.toLowerCase()})` : UNCHANGED;
  if (first.text !== text) first.text = text;
}

/** Chooses a value, even one missing from the list: links may spell it differently. */
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

/** Moves a slider to its field's value, as a hint; only the library really parses the text. */
function place(slider: HTMLInputElement, field: Field, typed: string | undefined): void {
  if (document.activeElement === slider) return;
  const found = /^\s*([\d.]+)\s*([a-z/]*)\s*$/i.exec(typed ?? "");
  const scale = UNITS[found?.[2]?.toLowerCase() ?? ""];
  if (!found || scale === undefined || !field.slider) return;
  const { from, to, unit } = field.slider;
  const value = (Number(found[1]) * scale) / (UNITS[unit.toLowerCase()] ?? 1);
  slider.value = String((100 * Math.log(Math.max(value, from) / from)) / Math.log(to / from));
  slider.setAttribute("aria-valuetext", typed ?? "");
}

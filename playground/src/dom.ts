/** Elements without HTML: whatever a text holds, it is only ever text. */

export type Child = Node | string | null | undefined;

type Attributes = Readonly<Record<string, string | boolean | number | EventListener>>;

/** An element; `on…` attributes are listeners, false ones are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  fill(made, ...children);
  return made;
}

/** Replaces what is in an element. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

/** The element of the page that has this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** A text to be copied as it is, with a button that does it. */
export function copyable(text: string, label: string): HTMLElement {
  const button = h(
    "button",
    { type: "button", class: "copy", "aria-label": `Copy ${label}` },
    "Copy",
  );
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1500);
  });
  return h(
    "div",
    { class: "copyable" },
    h("pre", { tabindex: 0, "aria-label": label }, text),
    button,
  );
}

/** A part that can be opened. */
export function folded(title: string, ...children: readonly Child[]): HTMLDetailsElement {
  return h("details", {}, h("summary", {}, title), ...children);
}

/** Elements without HTML: whatever a text holds, it is only ever text. */

export type Child = Node | string | null | undefined;

type Attributes = Readonly<Record<string, string | boolean | number>>;

/** An element; attributes that are false are left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? "" : String(value));
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

/** Copies a text, if it may: browsers have no clipboard for pages that came by plain HTTP. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A text to be copied as it is, with a button that does it. */
export function copyable(text: string, label: string): HTMLElement {
  const button = h(
    "button",
    { type: "button", class: "copy", "aria-label": `Copy ${label}` },
    "Copy",
  );
  const shown = h("pre", { tabindex: 0, "aria-label": label }, text);
  button.addEventListener("click", async () => {
    if (await copied(text)) button.textContent = "Copied";
    else {
      getSelection()?.selectAllChildren(shown);
      button.textContent = "Selected";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1500);
  });
  return h("div", { class: "copyable" }, shown, button);
}

/** Which parts are open: what is drawn anew with each answer stays as one has left it. */
const OPEN = new Set<string>();

/** A part that can be opened; *id* is the same whenever it is drawn. */
export function folded(
  id: string,
  title: string,
  ...children: readonly Child[]
): HTMLDetailsElement {
  const made = h("details", { open: OPEN.has(id) }, h("summary", {}, title), ...children);
  made.addEventListener("toggle", () => {
    if (made.open) OPEN.add(id);
    else OPEN.delete(id);
  });
  return made;
}

/** Creates elements without HTML: whatever a text contains, it stays text. */

export type Child = Node | string | null | undefined;

type Attributes = Readonly<Record<string, string | boolean | number>>;

/** Creates an element; attributes that are false are left out. */
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

/** Replaces the contents of an element. */
export function fill(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
}

/** The page's element with this id. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

/** Copies a text, if possible: browsers have no clipboard for pages served over plain HTTP. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A text with a button that copies it. */
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

/** A button that removes what is named by *what*. */
export function removeButton(what: string, removed: () => void, id = ""): HTMLButtonElement {
  const button = h(
    "button",
    { id: id || false, type: "button", class: "plain", "aria-label": `Remove ${what}` },
    "×",
  );
  button.addEventListener("click", removed);
  return button;
}

/** The open parts: they stay open when an answer is drawn again. */
const OPEN = new Set<string>();

/** A part that can be opened; *id* is the same each time it is drawn. */
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

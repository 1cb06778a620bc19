/** Dropped and pasted texts: a box for each, with the form it was read as. */

import type { TextRead } from "./answers";
import { byId, fill, h, removeButton } from "./dom";
import type { PastedText } from "./python";

export class Texts {
  #texts: readonly PastedText[] = [];
  readonly #changed: () => void;

  /** @param changed is called when a text is added or removed. */
  constructor(changed: () => void) {
    this.#changed = changed;
    const box = byId("paste") as HTMLTextAreaElement;
    box.addEventListener("paste", (event) => {
      const files = event.clipboardData?.files;
      if (files?.length) {
        event.preventDefault();
        this.#open(files);
        return;
      }
      const text = event.clipboardData?.getData("text/plain");
      if (!text) return;
      event.preventDefault();
      this.add([{ name: `pasted-${this.#texts.length + 1}`, text }]);
    });
    // Typed text: added when the user leaves the box.
    box.addEventListener("change", () => {
      const text = box.value;
      box.value = "";
      if (text.trim()) this.add([{ name: `typed-${this.#texts.length + 1}`, text }]);
    });
    const file = byId("file") as HTMLInputElement;
    file.addEventListener("change", () => {
      if (file.files) this.#open(file.files);
      file.value = "";
    });
    const drop = document.body;
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("dropping");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("dropping"));
    drop.addEventListener("drop", (event) => {
      drop.classList.remove("dropping");
      // The editor handles drags within it.
      if (event.defaultPrevented) return;
      event.preventDefault();
      if (event.dataTransfer?.files.length) this.#open(event.dataTransfer.files);
      else {
        const text = event.dataTransfer?.getData("text/plain");
        if (text) this.add([{ name: `dropped-${this.#texts.length + 1}`, text }]);
      }
    });
  }

  get texts(): readonly PastedText[] {
    return this.#texts;
  }

  /** Replaces all texts without calling *changed*. */
  set(texts: readonly PastedText[]): void {
    this.#texts = texts;
  }

  add(texts: readonly PastedText[]): void {
    this.#texts = [...this.#texts, ...texts];
    this.#changed();
  }

  /** Shows the texts while they are read: a long one takes time, and can be removed meanwhile. */
  wait(): void {
    this.show(this.#texts.map(({ name }) => ({ file: name, what: "reading…", problem: null })));
  }

  /** Shows the forms that the texts were read as. */
  show(read: readonly TextRead[]): void {
    fill(byId("texts"), ...read.map((each, index) => this.#item(each, index)));
  }

  #item(read: TextRead, index: number): HTMLElement {
    const remove = removeButton(read.file, () => {
      this.#texts = this.#texts.filter((_, at) => at !== index);
      byId("paste").focus();
      this.#changed();
    });
    const summary = [
      read.fields?.length ? `fields read: ${read.fields.length}` : "",
      read.ignored?.length ? `ignored: ${read.ignored.join("; ")}` : "",
    ];
    return h(
      "li",
      { class: read.problem ? "text wrong" : "text" },
      h("div", {}, h("strong", {}, read.file), ` ${read.what}`, remove),
      read.problem ? h("p", { class: "problem" }, read.problem) : null,
      read.fields
        ? h(
            "details",
            {},
            h("summary", {}, summary.filter(Boolean).join(" · ") || "no fields read"),
            h("p", { class: "small" }, read.fields.join(", ")),
          )
        : null,
    );
  }

  async #open(files: FileList): Promise<void> {
    this.add(
      await Promise.all(
        [...files].map(async (file) => ({ name: file.name, text: await file.text() })),
      ),
    );
  }
}

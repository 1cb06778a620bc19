/** A JSON editor, in a shadow tree, where its styles do not need `unsafe-inline`. */

import { json, jsonParseLinter } from "@codemirror/lang-json";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { tags } from "@lezer/highlight";
import { basicSetup, EditorView } from "codemirror";

export interface Editor {
  show(text: string): void;
}

/** The page's own colours, for light and dark themes. */
const COLORS = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--text)" },
  { tag: tags.string, color: "var(--link)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warning)" },
]);

/** Makes an editor; *changed* gets its text after each edit by the user. */
export function editor(
  parent: HTMLElement,
  label: string,
  changed: (text: string) => void,
): Editor {
  const root = parent.attachShadow({ mode: "open" });
  let showing = false;
  const view = new EditorView({
    parent: root,
    root,
    extensions: [
      basicSetup,
      json(),
      syntaxHighlighting(COLORS),
      linter(jsonParseLinter()),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      EditorView.theme({
        "&": { fontSize: "0.85rem", maxHeight: "24rem", color: "inherit" },
        ".cm-gutters": { background: "transparent", color: "inherit", border: "0" },
        ".cm-activeLine, .cm-activeLineGutter": { background: "transparent" },
        ".cm-cursor": { borderLeftColor: "currentColor" },
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged && !showing) changed(update.state.doc.toString());
      }),
    ],
  });
  return {
    show(text) {
      if (view.hasFocus || view.state.doc.toString() === text) return;
      showing = true;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
      showing = false;
    },
  };
}

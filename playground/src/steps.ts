/** The texts of the steps of the browser's history: in memory alone, since they leave no trace. */

import type { PastedText } from "./python";

/** By what a step finds its texts again: it outlives the page, whose texts are then gone. */
interface Mark {
  visit: number;
  texts: number;
}

const kept: (readonly PastedText[])[] = [];

/** What a step with these texts carries. */
export function mark(texts: readonly PastedText[]): Mark {
  if (!kept.includes(texts)) kept.push(texts);
  return { visit: performance.timeOrigin, texts: kept.indexOf(texts) };
}

/** The texts of the step at which the browser is, if it is one of this visit. */
export function marked(): readonly PastedText[] | undefined {
  const found = history.state as Mark | null;
  return found?.visit === performance.timeOrigin ? kept[found.texts] : undefined;
}

/** The texts of each step in the browser's history: only in memory, to leave no trace. */

import type { PastedText } from "./python";

/** Links a step to its texts; it outlives the page, and then the texts are gone. */
interface Mark {
  visit: number;
  texts: number;
}

const kept: (readonly PastedText[])[] = [];

/** The mark for a step with these texts. */
export function mark(texts: readonly PastedText[]): Mark {
  if (!kept.includes(texts)) kept.push(texts);
  return { visit: performance.timeOrigin, texts: kept.indexOf(texts) };
}

/** The texts of the browser's current step, if it is from this visit. */
export function marked(): readonly PastedText[] | undefined {
  const found = history.state as Mark | null;
  return found?.visit === performance.timeOrigin ? kept[found.texts] : undefined;
}

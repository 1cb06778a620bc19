/** A worker that runs Python: takes questions for `python/page.py`, returns its answers. */

import { loadPyodide } from "pyodide";

declare const WHEELS: readonly string[];
declare const MODULES: readonly string[];

interface Page {
  ask(question: string): string;
}

async function fetched(path: string): Promise<ArrayBuffer> {
  const response = await fetch(new URL(path, self.location.href));
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

async function start(): Promise<Page> {
  const files = Promise.all([...WHEELS, ...MODULES].map(fetched));
  const python = await loadPyodide({
    indexURL: new URL("pyodide/", self.location.href).href,
    checkAPIVersion: false,
  } as Parameters<typeof loadPyodide>[0]);
  const buffers = await files;
  for (const buffer of buffers.slice(0, WHEELS.length))
    python.unpackArchive(buffer, "wheel", { extractDir: "/library" });
  python.FS.mkdir("/page");
  python.FS.mkdir("/texts");
  for (const [index, path] of MODULES.entries())
    python.FS.writeFile(
      `/page/${path.split("/").pop()}`,
      new Uint8Array(buffers[WHEELS.length + index] as ArrayBuffer),
    );
  return python.runPython(`
import sys
from pathlib import Path
sys.path[:0] = ["/library", "/page"]
from page import Page
Page(Path("/texts"))
`) as Page;
}

const page = start();
page.then(
  () => self.postMessage({ ready: true }),
  (error: unknown) => self.postMessage({ failed: String(error) }),
);

self.addEventListener("message", async (event: MessageEvent<{ id: number; question: object }>) => {
  const { id, question } = event.data;
  try {
    // Serialize here: in the page, a long text would block it.
    self.postMessage({ id, answer: (await page).ask(JSON.stringify(question)) });
  } catch (error) {
    // Without an id, if Python cannot continue: the page then starts another worker.
    const fatal = (error as { pyodide_fatal_error?: boolean }).pyodide_fatal_error === true;
    self.postMessage(fatal ? { failed: String(error) } : { id, failed: String(error) });
  }
});

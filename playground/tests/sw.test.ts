/** What keeps the page's files, with a browser's caches that are a map. */

import assert from "node:assert/strict";
import { test } from "node:test";

const SCOPE = "https://x.example/playground/";
const OURS = `zcpolicy ${SCOPE} 2`;
const OTHERS = "zcpolicy https://x.example/older/playground/ 1";

test("a build replaces the one before at its own address, past the browser's cache", async () => {
  const caches = new Map<string, { url: string; cache: string }[]>([
    [`zcpolicy ${SCOPE} 1`, []],
    [OTHERS, []],
    ["another", []],
  ]);
  const worker = Object.assign(new EventTarget(), {
    registration: { scope: SCOPE },
    skipWaiting: async () => {},
    clients: { claim: async () => {} },
  });
  class Request {
    constructor(
      readonly url: string,
      readonly init: { cache: string },
    ) {}
  }
  Object.assign(globalThis, {
    self: worker,
    FILES: ["./", "main.js"],
    VERSION: "2",
    Request,
    caches: {
      open: async (name: string) => ({
        addAll: async (added: Request[]) =>
          caches.set(
            name,
            added.map(({ url, init }) => ({ url, ...init })),
          ),
      }),
      keys: async () => [...caches.keys()],
      delete: async (name: string) => caches.delete(name),
    },
  });
  await import("../src/sw");
  for (const name of ["install", "activate"]) {
    const waited: Promise<unknown>[] = [];
    const waitUntil = (done: Promise<unknown>): number => waited.push(done);
    worker.dispatchEvent(Object.assign(new Event(name), { waitUntil }));
    await Promise.all(waited);
  }
  assert.deepEqual([...caches.keys()].sort(), ["another", OTHERS, OURS].sort());
  assert.deepEqual(caches.get(OURS), [
    { url: "./", cache: "no-cache" },
    { url: "main.js", cache: "no-cache" },
  ]);
});

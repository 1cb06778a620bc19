/** Caches the page's own files, to make it work offline after the first visit. */

declare const FILES: readonly string[];
declare const VERSION: string;

interface Lasting extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface Fetched extends Lasting {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

const worker = self as unknown as EventTarget & {
  registration: { scope: string };
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
};
// Otherwise pages of different versions would delete one another's files.
const OURS = `zcpolicy ${worker.registration.scope} `;
const NAME = OURS + VERSION;

async function keep(): Promise<void> {
  const cache = await caches.open(NAME);
  // Bypass the browser's own cache, which may still have files of an earlier build.
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
  await worker.skipWaiting();
}

async function forget(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(OURS) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}

worker.addEventListener("install", (event) => (event as Lasting).waitUntil(keep()));
worker.addEventListener("activate", (event) => (event as Lasting).waitUntil(forget()));
worker.addEventListener("fetch", (event) => {
  const { request } = event as Fetched;
  if (request.method === "GET") (event as Fetched).respondWith(answer(request));
});

export {};

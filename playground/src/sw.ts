/** Keeps the page's own files, so that it works without a network once it was there. */

declare const FILES: readonly string[];
declare const VERSION: string;

interface Lasting extends Event {
  waitUntil(done: Promise<unknown>): void;
}

interface Fetched extends Lasting {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

const NAME = `zcpolicy-${VERSION}`;
const worker = self as unknown as EventTarget & {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
};

async function keep(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll(FILES);
  await worker.skipWaiting();
}

async function forget(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("zcpolicy-") && name !== NAME);
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

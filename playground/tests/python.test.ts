/** The page's side of the worker, with a worker that the test speaks for. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { Python, Superseded } from "../src/python";

class FakeWorker extends EventTarget {
  static made: FakeWorker[] = [];
  readonly asked: { id: number; question: { what: string; state?: string } }[] = [];
  stopped = false;

  constructor() {
    super();
    FakeWorker.made.push(this);
  }

  postMessage(message: FakeWorker["asked"][number]): void {
    this.asked.push(message);
  }

  terminate(): void {
    this.stopped = true;
  }

  say(data: object): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

function worker(index: number): FakeWorker {
  const found = FakeWorker.made[index];
  assert.ok(found);
  return found;
}

describe("the worker's client", () => {
  beforeEach(() => {
    FakeWorker.made = [];
    Object.assign(globalThis, { Worker: FakeWorker });
  });

  test("starts another worker after one that failed, and hands it the texts", async () => {
    const busy: boolean[] = [];
    const python = new Python((each) => busy.push(each));
    python.setTexts([{ name: "a", text: "b" }], "");
    const first = python.ask("decision", { state: "1" });
    worker(0).say({ failed: "no memory" });
    await assert.rejects(first, /no memory/);
    assert.ok(worker(0).stopped);
    assert.equal(busy.at(-1), false);
    const second = python.ask("decision", { state: "2" });
    worker(1).say({ ready: true });
    assert.equal(worker(1).asked[0]?.question.what, "texts");
    worker(1).say({ id: worker(1).asked[0]?.id, answer: "{}" });
    worker(1).say({ id: worker(1).asked[1]?.id, answer: '{"text": "2"}' });
    assert.deepEqual(await second, { text: "2" });
    assert.equal(busy.at(-1), false);
  });

  test("gives up an unanswered question for a newer one of its kind", async () => {
    const python = new Python(() => {});
    const first = python.ask("forecast", { state: "1" });
    const second = python.ask("forecast", { state: "2" });
    await assert.rejects(first, Superseded);
    worker(0).say({ ready: true });
    assert.deepEqual(
      worker(0).asked.map(({ question }) => question),
      [{ what: "forecast", state: "2" }],
    );
    worker(0).say({ id: worker(0).asked[0]?.id, answer: "{}" });
    await second;
  });

  test("takes no notice of a worker that was stopped", async () => {
    const python = new Python(() => {});
    const first = python.ask("rank");
    python.cancel();
    await assert.rejects(first, Superseded);
    const second = python.ask("rank");
    worker(0).say({ ready: true });
    worker(0).say({ failed: "too late" });
    assert.deepEqual(worker(1).asked, []);
    worker(1).say({ ready: true });
    worker(1).say({ id: worker(1).asked[0]?.id, answer: '{"text": "new"}' });
    assert.deepEqual(await second, { text: "new" });
  });
});

/** The page's side of a Python worker: one question at a time, the latest of each kind. */

import type { Answers, Fault, Question } from "./answers";

export interface PastedText {
  name: string;
  text: string;
}

type Reply = {
  id?: number;
  ready?: boolean;
  answer?: string;
  failed?: string;
};

interface Texts {
  texts: readonly PastedText[];
  vm: string;
}

interface Waiting {
  question: object;
  done: (answer: string) => void;
  lost: (reason: Error) => void;
}

/** A question was given up, because there is a newer one or the worker was stopped. */
export class Superseded extends Error {}

export class Python {
  #worker: Worker | null = null;
  #asked: (Waiting & { id: number }) | null = null;
  #waiting = new Map<Question, Waiting>();
  #texts: Texts | null = null;
  #id = 0;
  #ready = false;
  readonly #changed: (busy: boolean) => void;

  /** @param changed is called with whether it is busy. */
  constructor(changed: (busy: boolean) => void) {
    this.#changed = changed;
  }

  /** Starts Python, unless it is running. */
  start(): void {
    if (this.#worker !== null) return;
    this.#worker = new Worker("python.worker.js", { type: "module", name: "python" });
    const worker = this.#worker;
    // Ignore messages of a stopped worker.
    const take = (reply: Reply): void => {
      if (worker === this.#worker) this.#take(reply);
    };
    worker.addEventListener("message", (event: MessageEvent<Reply>) => take(event.data));
    worker.addEventListener("error", (event) => take({ failed: event.message }));
    if (this.#texts !== null && !this.#waiting.has("texts")) this.#queueTexts();
  }

  /** Sets the texts for the next questions, without starting Python. */
  setTexts(texts: readonly PastedText[], vm: string): void {
    this.#texts = { texts, vm };
    if (this.#worker !== null) this.#queueTexts();
  }

  /** Asks a question; an unanswered one of the same kind is given up. */
  ask<Q extends Question>(what: Q, more: object = {}): Promise<Answers[Q] | Fault> {
    if (what === "texts") this.#texts = more as Texts;
    const answered = new Promise<string>((done, lost) => {
      this.#waiting.get(what)?.lost(new Superseded());
      this.#waiting.set(what, { question: { what, ...more }, done, lost });
    });
    this.start();
    this.#next();
    return answered.then((answer) => JSON.parse(answer) as Answers[Q] | Fault);
  }

  /** Stops the current work; the next question starts Python again. */
  cancel(): void {
    this.#stop(new Superseded());
  }

  #stop(reason: Error): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#ready = false;
    const lost = [...(this.#asked ? [this.#asked] : []), ...this.#waiting.values()];
    this.#asked = null;
    this.#waiting.clear();
    for (const each of lost) each.lost(reason);
    this.#changed(false);
  }

  /** Queues the texts, whose answer nobody waits for. */
  #queueTexts(): void {
    const question = { what: "texts", ...this.#texts };
    this.#waiting.set("texts", { question, done: () => {}, lost: () => {} });
  }

  #next(): void {
    if (!this.#ready || this.#asked !== null || this.#worker === null) {
      this.#changed(true);
      return;
    }
    // Texts come first: the other questions are about them.
    const what = this.#waiting.has("texts") ? "texts" : this.#waiting.keys().next().value;
    this.#changed(what !== undefined);
    if (what === undefined) return;
    const waiting = this.#waiting.get(what) as Waiting;
    this.#waiting.delete(what);
    this.#asked = { ...waiting, id: ++this.#id };
    this.#worker.postMessage({ id: this.#asked.id, question: waiting.question });
  }

  #take(reply: Reply): void {
    if (reply.ready) this.#ready = true;
    else if (reply.id === undefined) {
      // A failed worker answers no more: the next question starts another.
      this.#stop(new Error(reply.failed ?? "it did not start"));
      return;
    } else if (this.#asked?.id === reply.id) {
      const asked = this.#asked;
      this.#asked = null;
      if (reply.answer === undefined) asked.lost(new Error(reply.failed));
      else asked.done(reply.answer);
    }
    this.#next();
  }
}

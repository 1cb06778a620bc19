/** The page: from what is typed and pasted to questions, and from answers to what is drawn. */

import {
  type Answers,
  type Decision,
  type Fault,
  failed,
  problemOf,
  type Question,
} from "./answers";
import { Chart } from "./chart";
import { byId, copied, fill, h } from "./dom";
import { EXAMPLES, type Example, exampleState } from "./examples";
import { Form } from "./form";
import { type PastedText, Python, Superseded } from "./python";
import {
  type Apply,
  hide,
  outdated,
  showAdvice,
  showDecision,
  showDiagnosis,
  showForecast,
  showLint,
  showPlan,
  showRanking,
} from "./results";
import { drawSchedule, type Edit } from "./schedule";
import {
  EMPTY,
  fromFragment,
  type PolicyEntry,
  type State,
  toFragment,
  withSettings,
} from "./state";
import { mark, marked } from "./steps";
import { Texts } from "./texts";

/** So long typing has to rest before the slow questions are asked, ms. */
const REST = 400;
const NOTHING = "none";
const FIRST = EXAMPLES.find((each) => each.id === "database") as Example;

let state: State = EMPTY;
let about = "";
let rest = 0;
/** Whether a text is a plan, and the only one, so that there is nothing to decide. */
let plans = false;
let alone = false;
/** Whether a text tells of a migration. */
let diagnoses = false;
/** Whether there is a forecast, without which there is nothing to compare; a diagnosis needs none. */
let forecasts = false;
/** With what that which is said of the page is over: Python's next answer, or question. */
let over: "answer" | "question" | null = null;
const times: Record<string, number[]> = {};

const status = byId("status");
const quick = new Python((busy) => {
  document.body.classList.toggle("busy", busy);
});
const slow = new Python((busy) => {
  byId("working").hidden = !busy;
});
const canvas = h("div", { class: "chart", role: "img", "aria-label": "The forecast over time" });
const chart = new Chart(canvas);
const texts = new Texts(() => {
  replaceState({ ...state, example: texts.texts.length ? "" : NOTHING });
  takeTexts();
});
const form = new Form((field, change) => go(field, change(state)));

// -- From one state to the next ----------------------------------------------------------------------

/** Goes to a state, and asks about it. */
function go(changed: string, next: State): void {
  step(changed, next);
  ask();
}

/** Shows a state; a run of changes of the same thing is one step for the back button. */
function step(changed: string, next: State): void {
  const same = changed !== "" && changed === about;
  about = changed;
  if (same) replaceState(next);
  else {
    state = next;
    history.pushState(mark(texts.texts), "", `#${toFragment(state)}`);
  }
  form.show(state);
}

function replaceState(next: State): void {
  state = next;
  history.replaceState(mark(texts.texts), "", `#${toFragment(state)}`);
}

const apply: Apply = (change) => {
  const next = change.settings ? withSettings(state, change.settings) : state;
  const policy =
    change.policy === undefined
      ? {}
      : { policy: change.policy, policyOf: change.policyOf ?? state.policyOf };
  go("", { ...next, ...policy });
  // The button is gone with the next answer, and would take the focus along.
  byId("results").focus({ preventScroll: true });
  byId("headline").scrollIntoView({ block: "nearest" });
};

function ownPolicy(policy: PolicyEntry): void {
  go("schedule", { ...state, policy });
}

function editPolicy(edit: Edit): void {
  const policy = state.policy ?? draft;
  if (policy) ownPolicy(edit(policy));
}

/** Shows the state of the address: at the start, after a link, after back and forward. */
async function enter(): Promise<void> {
  document.body.classList.add("busy");
  const fragment = location.hash.slice(1);
  const next = fragment ? fromFragment(fragment) : exampleState(FIRST);
  const other = next.example !== state.example && next.example !== "";
  about = "";
  state = next;
  form.show(state);
  try {
    const found = marked() ?? (other ? await exampleTexts(next.example) : texts.texts);
    // Whoever has gone on meanwhile has other texts.
    if (state.example !== next.example) return;
    texts.set(found);
  } catch (error) {
    texts.set([]);
    tell(`The example cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  replaceState(state);
  await takeTexts();
}

async function exampleTexts(id: string): Promise<PastedText[]> {
  const example = EXAMPLES.find((each) => each.id === id);
  return Promise.all(
    (example?.files ?? []).map(async (name) => {
      const response = await fetch(`examples/${name}`);
      if (!response.ok) throw new Error(`${name}: ${response.status}`);
      return { name, text: await response.text() };
    }),
  );
}

// -- Questions ---------------------------------------------------------------------------------------

/** Asks, and measures; an answer that nobody waits for any more is dropped. */
async function answered<Q extends Question>(
  python: Python,
  what: Q,
  more: object,
  draw: (answer: Answers[Q] | Fault) => void,
): Promise<void> {
  const since = performance.now();
  try {
    const answer = await python.ask(what, more);
    draw(answer);
    const took = performance.now() - since;
    times[what] ??= [];
    times[what].push(took);
    if (over === "answer") tell("");
  } catch (error) {
    if (error instanceof Superseded) return;
    tell(`Python stopped: ${error instanceof Error ? error.message : error}`, "answer");
  }
}

/** Says a thing about the page as a whole. */
function tell(text: string, until: typeof over = null): void {
  status.textContent = text;
  over = until;
}

async function takeTexts(): Promise<void> {
  const more = { texts: texts.texts, vm: state.vm };
  texts.wait();
  slow.hand(texts.texts, state.vm);
  await answered(quick, "texts", more, (answer) => {
    if (failed(answer)) return;
    texts.show(answer.texts);
    // Where it was said, it stays to be seen.
    byId("which-part").hidden = !state.vm && !answer.texts.some((each) => each.ofSeveral);
    plans = answer.texts.some((each) => each.plan);
    diagnoses = answer.texts.some((each) => each.migration);
    alone = plans && answer.texts.length === 1;
    document.body.classList.toggle("plans", alone);
    ask();
  });
}

function ask(): void {
  if (over === "question") tell("");
  clearTimeout(rest);
  for (const id of ["rank", "advice", "diagnosis"]) outdated(id);
  for (const id of ["decision", "forecast", "rank", "advice", "lint", "export"])
    if (alone) hide(id);
  if (!diagnoses) hide("diagnosis");
  const asked = state;
  if (!plans) hide("plan");
  else
    answered(quick, "plan", {}, (answer) => {
      showPlan(answer);
      if (!alone) return;
      byId("headline").textContent = failed(answer) ? "No plan" : answer.drawn.total;
      shown(asked);
    });
  if (alone) return;
  answered(quick, "decision", { state }, drawDecision);
  answered(quick, "forecast", { state }, (answer) => {
    if (alone) return;
    showForecast(answer, chart, canvas);
    const hopeless = failed(answer);
    form.explain(hopeless ? {} : answer.effective, true);
    form.fault("workload", problemOf(answer));
    for (const id of ["rank", "advice"]) if (hopeless) hide(id);
    shown(asked);
    if (state !== asked) return;
    forecasts = !hopeless;
    clearTimeout(rest);
    rest = window.setTimeout(askSlowly, REST);
  });
}

/** Says which state the answers are about, for whoever waits for them. */
function shown(asked: State): void {
  document.body.dataset.shown = toFragment(asked);
}

/** What takes its time, in a worker of its own, once typing rests. */
function askSlowly(): void {
  byId("again").hidden = true;
  if (forecasts) {
    answeredInTime("rank", (answer) => showRanking(answer, apply));
    answeredInTime("advice", (answer) => {
      showAdvice(answer, apply);
      form.fault("goal", problemOf(answer));
    });
  }
  if (diagnoses) answeredInTime("diagnosis", (answer) => showDiagnosis(answer, apply));
}

/** Asks slowly; an answer about a former state is dropped, since its options are of no more use. */
function answeredInTime<Q extends Question>(
  what: Q,
  draw: (answer: Answers[Q] | Fault) => void,
): void {
  const asked = state;
  answered(slow, what, { state }, (answer) => {
    if (state === asked) draw(answer);
  });
}

function drawDecision(answer: Decision | Fault): void {
  // It was asked before all but the plan was removed.
  if (alone) return;
  showDecision(answer, apply);
  showLint(answer);
  form.fault("settings", problemOf(answer));
  if (failed(answer)) return;
  form.offer(answer.policies);
  form.explain(answer.effective, false);
  drawPolicy(answer);
}

// -- The policy ---------------------------------------------------------------------------------------

let editing: import("./editor").Editor | null = null;

/** The policy that counts, to be changed into one's own; Legacy has no JSON and so none. */
let draft: PolicyEntry | null = null;

function drawPolicy(answer: Decision): void {
  draft = answer.draft;
  for (const id of ["steps-part", "json-part"]) byId(id).hidden = draft === null;
  byId("own").hidden = state.policy === null;
  byId("own-name").textContent = state.policy?.name ?? "";
  if (draft === null) return;
  drawSchedule(byId("schedule"), draft, answer.lint, editPolicy);
  editing?.show(JSON.stringify(draft, null, 2));
}

byId("json-part").addEventListener("toggle", async () => {
  if (editing !== null) return;
  const { editor } = await import("./editor");
  editing = editor(byId("json"), "The policy in Engine’s JSON", (text) => {
    try {
      ownPolicy(JSON.parse(text) as PolicyEntry);
    } catch {
      // The editor shows where it is no JSON yet.
    }
  });
  if (draft) editing.show(JSON.stringify(draft, null, 2));
});

byId("own-drop").addEventListener("click", () => go("", { ...state, policy: null }));

// -- The rest of the page -----------------------------------------------------------------------------

fill(
  byId("examples"),
  ...EXAMPLES.map((example) =>
    h("a", { href: `#${toFragment(exampleState(example))}` }, example.title),
  ),
);
byId("clear").addEventListener("click", () => {
  texts.set([]);
  step("", { ...EMPTY, example: NOTHING });
  takeTexts();
});
byId("which").addEventListener("change", (event) => {
  step("", { ...state, vm: (event.target as HTMLInputElement).value.trim() });
  takeTexts();
});
byId("share").addEventListener("click", async () => {
  const done = await copied(location.href);
  if (!done) tell("The browser does not let this page copy: take the address instead.", "question");
  else
    tell(
      texts.texts.length && (state.example === "" || state.example === NOTHING)
        ? "Link copied. It has the settings, not the texts."
        : "Link copied.",
      "question",
    );
});
byId("cancel").addEventListener("click", () => {
  slow.cancel();
  byId("again").hidden = false;
});
byId("again").addEventListener("click", askSlowly);
byId("summary").addEventListener("click", () => byId("results").scrollIntoView());
// Its address is the answer's, which would take the place of the state in the fragment.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("results").focus();
});
addEventListener("popstate", enter);

/** For the tests of the page: questions to its own Python, and what answers took, ms. */
Object.assign(globalThis, {
  playground: { ask: (what: Question, more: object) => quick.ask(what, more), times },
});

tell("Starting Python…", "answer");
enter().then(keep);

/** Keeps the page for when there is no network; afterwards, so that it does not delay the start. */
function keep(): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) return;
  // Another takes over while the page runs: its files are of another build than the page.
  if (workers.controller)
    workers.addEventListener("controllerchange", () =>
      tell("There is a newer version of this page: reload it."),
    );
  // Where the browser forbids it, the page needs a network.
  workers.register("sw.js").catch(() => {});
}

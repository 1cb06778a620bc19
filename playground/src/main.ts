/** The page: turns input into questions, and draws the answers. */

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
  showExport,
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

/** The pause in typing before the slow questions are asked, ms. */
const PAUSE = 400;
/** The example of a page without one: an empty fragment opens the first. */
const NOTHING = "none";
const FIRST = EXAMPLES.find((each) => each.id === "database") as Example;

let state: State = EMPTY;
/** The field changed last, if it was typed in. */
let typed = "";
/** The timer of the slow questions. */
let paused = 0;
/** Whether a text is a plan. */
let plans = false;
/** Whether a plan is the only text, and there is nothing to decide. */
let alone = false;
/** Whether a text has a migration. */
let diagnoses = false;
/** Whether there is a forecast, which comparing policies needs; a diagnosis does not. */
let forecasts = false;
/** When the message about the page expires: with Python's next answer, or next question. */
let expires: "answer" | "question" | null = null;
const times: Record<string, number[]> = {};

const status = byId("status");
const quick = new Python((busy) => {
  document.body.classList.toggle("busy", busy);
});
const slow = new Python((busy) => {
  byId("working").hidden = !busy;
});
const canvas = h("div", { class: "chart", role: "img", "aria-label": "Forecast over time" });
const chart = new Chart(canvas);
const texts = new Texts(() => {
  replaceState({ ...state, example: texts.texts.length ? "" : NOTHING });
  takeTexts();
});
const form = new Form((field, change) => go(field, change(state)));

// -- From one state to the next ----------------------------------------------------------------------

/** Goes to a state and asks about it. */
function go(changed: string, next: State): void {
  step(changed, next);
  ask();
}

/** Shows a state; consecutive changes of the same field are one step for the back button. */
function step(changed: string, next: State): void {
  const same = changed !== "" && changed === typed;
  typed = changed;
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
  // The next answer removes the button, and the focus with it.
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

/** Shows the state in the address: at the start, after a link, and after back and forward. */
async function enter(): Promise<void> {
  document.body.classList.add("busy");
  const fragment = location.hash.slice(1);
  const next = fragment ? fromFragment(fragment) : exampleState(FIRST);
  const other = next.example !== state.example && next.example !== "";
  typed = "";
  state = next;
  form.show(state);
  try {
    const found = marked() ?? (other ? await exampleTexts(next.example) : texts.texts);
    // The user may have moved on to other texts meanwhile.
    if (state.example !== next.example) return;
    texts.set(found);
  } catch (error) {
    texts.set([]);
    tell(`Cannot load the example: ${error instanceof Error ? error.message : error}`);
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

/** Asks and measures the time; answers that are no longer wanted are dropped. */
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
    times[what] ??= [];
    times[what].push(performance.now() - since);
    if (expires === "answer") tell("");
  } catch (error) {
    if (error instanceof Superseded) return;
    tell(`Python stopped: ${error instanceof Error ? error.message : error}`, "answer");
  }
}

/** Shows a message about the page as a whole. */
function tell(text: string, until: typeof expires = null): void {
  status.textContent = text;
  expires = until;
}

async function takeTexts(): Promise<void> {
  const more = { texts: texts.texts, vm: state.vm };
  texts.wait();
  slow.setTexts(texts.texts, state.vm);
  await answered(quick, "texts", more, (answer) => {
    if (failed(answer)) return;
    texts.show(answer.texts);
    // Stays visible once a VM is named.
    byId("which-part").hidden = !state.vm && !answer.texts.some((each) => each.ofSeveral);
    plans = answer.texts.some((each) => each.plan);
    diagnoses = answer.texts.some((each) => each.migration);
    alone = plans && answer.texts.length === 1;
    document.body.classList.toggle("plans", alone);
    ask();
  });
}

function ask(): void {
  if (expires === "question") tell("");
  clearTimeout(paused);
  for (const id of ["rank", "advice", "diagnosis"]) outdated(id);
  if (alone)
    for (const id of ["decision", "forecast", "rank", "advice", "lint", "export"]) hide(id);
  if (!diagnoses) hide("diagnosis");
  const asked = state;
  if (plans)
    answered(quick, "plan", {}, (answer) => {
      showPlan(answer);
      if (!alone) return;
      byId("headline").textContent = failed(answer) ? "No plan" : answer.drawn.total;
      shown(asked);
    });
  else hide("plan");
  if (alone) return;
  answered(quick, "decision", { state }, drawDecision);
  answered(quick, "forecast", { state }, (answer) => {
    if (alone) return;
    showForecast(answer, chart, canvas);
    form.explain(failed(answer) ? {} : answer.effective, true);
    form.fault("workload", problemOf(answer));
    if (failed(answer)) for (const id of ["rank", "advice"]) hide(id);
    shown(asked);
    if (state !== asked) return;
    forecasts = !failed(answer);
    clearTimeout(paused);
    paused = window.setTimeout(askSlowly, PAUSE);
  });
}

/** Marks the state that the answers are about, for scripts that wait for them. */
function shown(asked: State): void {
  document.body.dataset.shown = toFragment(asked);
}

/** The slow questions, in a worker of their own, once typing pauses. */
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

/** Asks a slow question; drops answers about an earlier state, whose options are outdated. */
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
  // It was asked before everything but the plan was removed.
  if (alone) return;
  showDecision(answer, apply);
  showLint(answer);
  showExport(answer);
  form.fault("settings", problemOf(answer));
  if (failed(answer)) return;
  form.offer(answer.policies);
  form.explain(answer.effective, false);
  drawPolicy(answer);
}

// -- The policy ---------------------------------------------------------------------------------------

let editing: import("./editor").Editor | null = null;

/** The effective policy, as a draft for the user's own; none for Legacy, which has no JSON. */
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
  editing = editor(byId("json"), "Policy in Engine’s JSON format", (text) => {
    try {
      ownPolicy(JSON.parse(text) as PolicyEntry);
    } catch {
      // The editor marks invalid JSON.
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
  const ownTexts = texts.texts.length && (state.example === "" || state.example === NOTHING);
  const copy = ownTexts
    ? "Link copied. It contains your settings, but not your files and text."
    : "Link copied.";
  tell(done ? copy : "Your browser blocked copying. Copy the page’s address instead.", "question");
});
byId("cancel").addEventListener("click", () => {
  slow.cancel();
  byId("again").hidden = false;
});
byId("again").addEventListener("click", askSlowly);
byId("summary").addEventListener("click", () => byId("results").scrollIntoView());
// Its address is the answer's, which would replace the state in the fragment.
byId("skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("results").focus();
});
addEventListener("popstate", enter);

/** For the page's tests: questions to its own Python, and answer times, ms. */
Object.assign(globalThis, {
  playground: { ask: (what: Question, more: object) => quick.ask(what, more), times },
});

tell("Starting Python…", "answer");
enter().then(keep);

/** Caches the page for offline use, after the start in order not to delay it. */
function keep(): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) return;
  // A new worker took over a running page: its files are from another build.
  if (workers.controller)
    workers.addEventListener("controllerchange", () =>
      tell("A newer version of this page is available. Reload to use it."),
    );
  // If the browser forbids it, the page needs a network.
  workers.register("sw.js").catch(() => {});
}

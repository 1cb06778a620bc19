/** The page: from what is typed and pasted to questions, and from answers to what is drawn. */

import { type Answers, type Decision, type Fault, failed, type Question } from "./answers";
import { Chart } from "./chart";
import { byId, fill, h } from "./dom";
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
import { drawSchedule } from "./schedule";
import {
  EMPTY,
  fromFragment,
  type PolicyEntry,
  type State,
  toFragment,
  withSettings,
} from "./state";
import { Texts } from "./texts";

/** So long typing has to rest before the slow questions are asked, ms. */
const REST = 400;
const NOTHING = "none";
const STARTING = "Starting Python…";

let state: State = EMPTY;
let about = "";
let rest = 0;
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

/** Goes to a state; a run of changes of the same thing is one step for the back button. */
function go(changed: string, next: State): void {
  const same = changed !== "" && changed === about;
  about = changed;
  if (same) replaceState(next);
  else {
    state = next;
    history.pushState(null, "", `#${toFragment(state)}`);
  }
  form.show(state);
  ask();
}

function replaceState(next: State): void {
  state = next;
  history.replaceState(null, "", `#${toFragment(state)}`);
}

const apply: Apply = (_, change) => {
  about = "";
  const next = change.settings ? withSettings(state, change.settings) : state;
  const policy =
    change.policy === undefined
      ? {}
      : { policy: change.policy, policyOf: change.policyOf ?? state.policyOf };
  go("", { ...next, ...policy });
  byId("headline").scrollIntoView({ block: "nearest" });
};

function ownPolicy(policy: PolicyEntry): void {
  go("schedule", { ...state, policy });
}

/** Shows the state of the address: at the start, after a link, after back and forward. */
async function enter(): Promise<void> {
  document.body.classList.add("busy");
  const fragment = location.hash.slice(1);
  const next = fragment ? fromFragment(fragment) : exampleState(EXAMPLES[2] as Example);
  const other = next.example !== state.example;
  about = "";
  replaceState(next);
  form.show(state);
  if (other && next.example) texts.set(await exampleTexts(next.example));
  await takeTexts();
}

async function exampleTexts(id: string): Promise<PastedText[]> {
  const example = EXAMPLES.find((each) => each.id === id);
  return Promise.all(
    (example?.files ?? []).map(async (name) => ({
      name,
      text: await (await fetch(`examples/${name}`)).text(),
    })),
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
    if (status.textContent === STARTING) status.textContent = "";
  } catch (error) {
    if (error instanceof Superseded) return;
    status.textContent = `Python stopped: ${error instanceof Error ? error.message : error}`;
    document.body.classList.remove("busy");
  }
}

async function takeTexts(): Promise<void> {
  const more = { texts: texts.texts, vm: state.vm };
  slow.hand(texts.texts, state.vm);
  await answered(quick, "texts", more, (answer) => {
    if (failed(answer)) return;
    texts.show(answer.texts);
    const plan = answer.texts.some((each) => each.plan);
    document.body.classList.toggle("plans", plan && answer.texts.length === 1);
    document.body.classList.toggle(
      "diagnoses",
      answer.texts.some((each) => each.migration),
    );
    ask();
  });
}

function ask(): void {
  const alone = document.body.classList.contains("plans");
  clearTimeout(rest);
  for (const id of ["rank", "advice", "diagnosis"]) outdated(id);
  for (const id of ["decision", "forecast", "rank", "advice", "lint", "export"])
    if (alone) hide(id);
  if (!document.body.classList.contains("diagnoses")) hide("diagnosis");
  if (alone) {
    answered(quick, "plan", { state }, (answer) => {
      byId("headline").textContent = failed(answer) ? "No plan" : answer.drawn.total;
      showPlan(answer);
      shown();
    });
    return;
  }
  hide("plan");
  answered(quick, "decision", { state }, drawDecision);
  answered(quick, "forecast", { state }, (answer) => {
    showForecast(answer, chart, canvas);
    const hopeless = failed(answer);
    form.explain(hopeless ? {} : answer.effective, true);
    for (const id of ["rank", "advice"]) if (hopeless) hide(id);
    shown();
    if (!hopeless) rest = window.setTimeout(askSlowly, REST);
  });
}

/** Says which state the answers are about, for whoever waits for them. */
function shown(): void {
  document.body.dataset.shown = toFragment(state);
}

/** What takes its time, in a worker of its own, once typing rests. */
function askSlowly(): void {
  byId("again").hidden = true;
  answered(slow, "rank", { state }, (answer) => showRanking(answer, apply));
  answered(slow, "advice", { state }, (answer) => showAdvice(answer, apply));
  if (document.body.classList.contains("diagnoses"))
    answered(slow, "diagnosis", { state }, (answer) => showDiagnosis(answer, apply));
}

function drawDecision(answer: Decision | Fault): void {
  showDecision(answer, apply);
  showLint(answer);
  form.fault(failed(answer) ? answer.error.problem : null);
  if (failed(answer)) return;
  form.explain(answer.effective, false);
  form.offer(answer);
  drawPolicy(answer);
}

// -- The policy ---------------------------------------------------------------------------------------

let editing: import("./editor").Editor | null = null;

function drawPolicy(answer: Decision): void {
  const draft = answer.draft;
  byId("schedule").hidden = draft === null;
  byId("own").hidden = state.policy === null;
  byId("own-name").textContent = state.policy?.name ?? "";
  if (draft === null) return;
  drawSchedule(byId("schedule"), draft, answer.lint, ownPolicy);
  editing?.show(JSON.stringify(draft, null, 2));
  byId("json-part").dataset.policy = JSON.stringify(draft, null, 2);
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
  editing.show(byId("json-part").dataset.policy ?? "");
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
  go("", { ...EMPTY, example: NOTHING });
  takeTexts();
});
byId("share").addEventListener("click", async () => {
  await navigator.clipboard.writeText(location.href);
  status.textContent =
    texts.texts.length && (state.example === "" || state.example === NOTHING)
      ? "Link copied. It has the settings, not the texts."
      : "Link copied.";
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

status.textContent = STARTING;
enter().then(keep);

/** Keeps the page for when there is no network; afterwards, so that it does not delay the start. */
function keep(): void {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("sw.js");
}

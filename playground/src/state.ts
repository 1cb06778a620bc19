/** The state of the form, and its encoding in links. Pasted texts are not part of it. */

/** One entry of Engine's `MigrationPolicies`. */
export interface PolicyEntry {
  name: string;
  config: {
    initialItems?: PolicyAction[] | null;
    convergenceItems?: { stallingLimit: number; convergenceItem: PolicyAction }[] | null;
    lastItems?: PolicyAction[] | null;
  };
  [key: string]: unknown;
}

export interface PolicyAction {
  action: string;
  params?: string[];
}

export interface Goal {
  finish: string;
  downtime: string;
  throttle: string;
  postcopy: boolean;
}

export interface State {
  /** The filled-in fields by path, as in the command's `--set`. */
  settings: Readonly<Record<string, string>>;
  /** The user's own policy, and whether it is the cluster's or the VM's. */
  policy: PolicyEntry | null;
  policyOf: "cluster" | "vm";
  goal: Readonly<Goal>;
  /** What advice must not change, as in the command's `--keep`. */
  keep: readonly string[];
  /** The VM to read from a text with several. */
  vm: string;
  /** The example that the texts come from. */
  example: string;
}

const TYPED_GOALS = ["finish", "downtime", "throttle"] as const;
const NO_GOAL: Goal = { finish: "", downtime: "", throttle: "", postcopy: false };

export const EMPTY: State = {
  settings: {},
  policy: null,
  policyOf: "cluster",
  goal: NO_GOAL,
  keep: [],
  vm: "",
  example: "",
};

/** The fragment of a link, without `#`. */
export function toFragment(state: State): string {
  const found = new URLSearchParams();
  if (state.example) found.set("example", state.example);
  if (state.vm) found.set("which", state.vm);
  for (const [path, value] of Object.entries(state.settings)) if (value) found.set(path, value);
  if (state.policy) {
    found.set("own-policy", JSON.stringify(state.policy));
    found.set("own-policy-of", state.policyOf);
  }
  for (const key of TYPED_GOALS) if (state.goal[key]) found.set(`goal.${key}`, state.goal[key]);
  if (state.goal.postcopy) found.set("goal.postcopy", "yes");
  for (const each of state.keep) found.append("keep", each);
  return found.toString();
}

/** The state in a link; what it does not understand is passed to the library, which reports it. */
export function fromFragment(fragment: string): State {
  const settings: Record<string, string> = {};
  const goal = { ...NO_GOAL };
  const keep: string[] = [];
  const state = { ...EMPTY, settings, goal, keep };
  for (const [key, value] of new URLSearchParams(fragment)) {
    const typedGoal = TYPED_GOALS.find((each) => key === `goal.${each}`);
    if (typedGoal) goal[typedGoal] = value;
    else if (key === "example") state.example = value;
    else if (key === "which") state.vm = value;
    else if (key === "own-policy") state.policy = policyIn(value);
    else if (key === "own-policy-of") state.policyOf = value === "vm" ? "vm" : "cluster";
    else if (key === "keep") keep.push(value);
    else if (key === "goal.postcopy") goal.postcopy = value === "yes";
    else settings[key] = value;
  }
  return state;
}

function policyIn(text: string): PolicyEntry | null {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? (found as PolicyEntry) : null;
  } catch {
    return null;
  }
}

/** The state with some fields filled in or emptied. */
export function withSettings(state: State, settings: Readonly<Record<string, string>>): State {
  const merged = { ...state.settings, ...settings };
  for (const [path, value] of Object.entries(merged)) if (!value) delete merged[path];
  return { ...state, settings: merged };
}

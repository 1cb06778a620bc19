/** Python's answers, made by `python/page.py` and `python/drawn.py`. */

import type { PolicyEntry, State } from "./state";

export interface Fault {
  error: { what: string; problem: string };
}

/** An answer, with the command's output and command line. */
interface Printed {
  text: string;
  command: string;
}

export interface Notice {
  code: string;
  severity: "info" | "warning";
  message: string;
  remedy: string | null;
}

export interface Fix {
  label: string;
  settings: Record<string, string>;
}

export interface Finding {
  code: string;
  severity: "error" | "warning" | "info";
  path: string;
  message: string;
  remedy: string | null;
}

export interface Decision extends Printed {
  answer: {
    reasons: Record<string, string>;
    notices: Notice[];
    vmMigrate: object;
    libvirt: object;
  };
  fixes: Fix[][];
  effective: Record<string, string>;
  draft: PolicyEntry | null;
  policies: string[];
  lint: Finding[];
  export: string | null;
}

export interface Said {
  outcome: string;
  total: string;
  downtime: string;
  throttle: string;
  sent: string;
}

export interface Curve {
  at: number[];
  left: number[];
  low: number[];
  throttle: number[];
  fits: number[];
  marks: { at: number; text: string }[];
  total: number;
  range: [number | null, number | null];
}

export interface Forecast extends Printed {
  answer: { verdict: string; assumed: string[] };
  effective: Record<string, string>;
  said: Said;
  curve: Curve;
}

export interface Option {
  name: string;
  changes: string[];
  said: Said;
  apply: Pick<State, "settings" | "policy" | "policyOf">;
}

export interface Ranking extends Printed {
  options: Option[];
}

export interface Advice extends Printed {
  answer: { met: boolean; limit: string | null };
  options: Option[];
}

export interface Diagnosis extends Printed {
  answer: { outcome: string; cause: string; message: string };
  options: Option[];
}

export interface Plan extends Printed {
  drawn: {
    total: string;
    legs: ({
      name: string;
      start: number;
      end: number;
      since: string;
      until: string | null;
    } & Said)[];
    stays: { name: string; reason: string }[];
  };
}

export interface TextRead {
  file: string;
  what: string;
  problem: string | null;
  fields?: string[];
  ignored?: string[];
  migration?: boolean;
  plan?: boolean;
  /** It has several VMs, and it is not stated which one to read. */
  ofSeveral?: boolean;
}

/** The questions and their answers. */
export interface Answers {
  texts: { texts: TextRead[] };
  decision: Decision;
  forecast: Forecast;
  diagnosis: Diagnosis;
  rank: Ranking;
  advice: Advice;
  plan: Plan;
  vectors: {
    lines: string[];
    forecasts: { outcome: string; times: (number | null)[] }[];
  };
}

export type Question = keyof Answers;

/** An error, one line per fault; faults of a goal are named after its field. */
export function problemOf(answer: object): string | null {
  if (!failed(answer)) return null;
  const { what, problem } = answer.error;
  return what.startsWith("goal.") ? `${what}: ${problem}` : problem;
}

export function failed(answer: object): answer is Fault {
  return "error" in answer;
}

/** Examples to start from: files of the documentation, with additions to the form. */

import { EMPTY, type State } from "./state";

export interface Example {
  id: string;
  title: string;
  files: readonly string[];
  state: Partial<State>;
}

export const EXAMPLES: readonly Example[] = [
  {
    id: "readme",
    title: "Why zero-copy is off",
    files: ["cluster.xml", "db01.xml", "getcaps.json"],
    state: {
      settings: {
        "workload.dirtyMiBs": "8GiB/s",
        "workload.workingSetMiB": "400GiB",
        migrationMbps: "100Gbps",
      },
    },
  },
  {
    id: "failed",
    title: "Log of a failed migration",
    files: ["failed.log"],
    state: { settings: { migrationMbps: "1Gbps", "vm.memoryMiB": "32GiB" } },
  },
  { id: "database", title: "2 TiB database", files: ["database.json"], state: {} },
  { id: "drain", title: "Draining 20 VMs", files: ["drain-20.json"], state: {} },
];

export function exampleState(example: Example): State {
  return { ...EMPTY, ...example.state, example: example.id };
}

/** The fields of the form, one row each. The library knows which values they accept. */

export interface Field {
  /** Its path, as in the command's `--set`. */
  path: string;
  label: string;
  hint?: string;
  /** The choices; without them, the field takes text. */
  choices?: readonly string[];
  /** Suggestions while typing. */
  suggestions?: readonly string[];
  /** A slider next to it: minimum and maximum, in the unit that it enters. */
  slider?: { from: number; to: number; unit: string };
}

export interface Section {
  /** The section of the page that they are in. */
  id: string;
  fields: readonly Field[];
  /** Rarely needed fields. */
  more?: readonly Field[];
}

/** The values of `--keep` for advice, and their names in the form. */
export const KEEP: readonly (readonly [string, string])[] = [
  ["policy", "Policy"],
  ["schedule", "Schedule"],
  ["auto_converge", "Autoconverge"],
  ["parallel", "Connections"],
  ["encrypted", "Encryption"],
  ["tunnelled", "Tunnel"],
  ["compressed", "Compression"],
  ["bandwidth", "Bandwidth"],
];

const YES_NO = ["yes", "no"];
/** For settings that otherwise come from the cluster or Engine. */
const YES_NO_DEFAULT = [...YES_NO, "default"];
const CONNECTIONS = ["Disabled", "Auto", "Parallel", "4", "8"];
const LEVELS = ["4.8", "4.7", "4.6", "4.5", "4.4", "4.3", "4.2"];

function host(name: "source" | "destination", title: string): Field[] {
  return [
    { path: `${name}.migrationMbps`, label: `${title}: link speed`, hint: "100Gbps" },
    { path: `${name}.versions.libvirt`, label: `${title}: libvirt version`, hint: "11.3.0" },
    { path: `${name}.versions.qemu`, label: `${title}: QEMU version`, hint: "10.1.0" },
    { path: `${name}.zerocopy.vdsm`, label: `${title}: zero-copy in Vdsm`, choices: YES_NO },
    { path: `${name}.zerocopy.libvirt`, label: `${title}: zero-copy in libvirt`, choices: YES_NO },
    { path: `${name}.zerocopy.qemu`, label: `${title}: zero-copy in QEMU`, choices: YES_NO },
  ];
}

export const SECTIONS: readonly Section[] = [
  {
    id: "policy",
    fields: [
      { path: "cluster.policy", label: "Cluster policy", choices: [] },
      { path: "vm.policy", label: "VM policy", choices: ["default"] },
    ],
  },
  {
    id: "vm",
    fields: [
      {
        path: "vm.memoryMiB",
        label: "Memory",
        hint: "2TiB",
        slider: { from: 1, to: 8192, unit: "GiB" },
      },
      { path: "vm.vcpus", label: "vCPUs", hint: "64" },
      { path: "vm.encrypted", label: "Encryption", choices: YES_NO_DEFAULT },
      { path: "vm.parallel", label: "Connections", suggestions: CONNECTIONS },
    ],
    more: [
      { path: "vm.memoryHardLimitMiB", label: "Memory hard limit", hint: "2TiB" },
      { path: "vm.level", label: "Compatibility level", choices: [...LEVELS, "default"] },
      { path: "vm.autoConverge", label: "Autoconverge", choices: YES_NO_DEFAULT },
      { path: "vm.compressed", label: "Compression", choices: YES_NO_DEFAULT },
      { path: "vm.tunnelled", label: "Tunnel", choices: YES_NO_DEFAULT },
      { path: "vm.paused", label: "Paused", choices: YES_NO },
      { path: "vm.downtime", label: "Downtime", hint: "500ms" },
    ],
  },
  {
    id: "cluster",
    fields: [
      { path: "cluster.level", label: "Compatibility level", choices: LEVELS },
      { path: "cluster.parallel", label: "Connections", suggestions: CONNECTIONS },
      { path: "cluster.encrypted", label: "Encryption", choices: YES_NO_DEFAULT },
      {
        path: "cluster.bandwidth",
        label: "Bandwidth",
        suggestions: ["Auto", "Hypervisor default", "10Gbps"],
      },
    ],
    more: [
      { path: "cluster.autoConverge", label: "Autoconverge", choices: YES_NO_DEFAULT },
      { path: "cluster.compressed", label: "Compression", choices: YES_NO_DEFAULT },
      { path: "cluster.tunnelled", label: "Tunnel", choices: YES_NO },
    ],
  },
  {
    id: "hosts",
    fields: [
      {
        path: "migrationMbps",
        label: "Link speed, both hosts",
        hint: "100Gbps",
        slider: { from: 1, to: 400, unit: "Gbps" },
      },
    ],
    more: [
      ...host("source", "Source"),
      { path: "source.vdsm.migrationMaxBandwidth", label: "Source: maximum bandwidth", hint: "52" },
      {
        path: "source.vdsm.maxOutgoingMigrations",
        label: "Source: maximum outgoing migrations",
        hint: "2",
      },
      ...host("destination", "Destination"),
    ],
  },
  {
    id: "workload",
    fields: [
      {
        path: "workload.dirtyMiBs",
        label: "Write rate",
        hint: "1.5GiB/s",
        slider: { from: 1, to: 40000, unit: "MiB/s" },
      },
      {
        path: "workload.workingSetMiB",
        label: "Working set",
        hint: "200GiB",
        slider: { from: 1, to: 4096, unit: "GiB" },
      },
    ],
    more: [
      { path: "workload.zeroShare", label: "Zero pages", hint: "30%" },
      { path: "workload.linkMbps", label: "Link throughput", hint: "25Gbps" },
      { path: "workload.connectionMbps", label: "Throughput per connection", hint: "10Gbps" },
      { path: "workload.overheadMs", label: "Switchover overhead", hint: "50ms" },
    ],
  },
];

/** The forecast over time: memory left, what fits the limit, the actions, and the end. */

import uPlot from "uplot";
import type { Curve } from "./answers";
import { h } from "./dom";

const HEIGHT = 300;
/** The shortest time for a unit, s, its length, s, and its name. */
const UNITS: readonly [number, number, string][] = [
  [172800, 86400, "days"],
  [7200, 3600, "hours"],
  [300, 60, "minutes"],
];

function color(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export class Chart {
  #plot: uPlot | null = null;
  #curve: Curve | null = null;
  readonly #parent: HTMLElement;

  constructor(parent: HTMLElement) {
    this.#parent = parent;
    new ResizeObserver(() => this.#resize()).observe(parent);
    for (const media of ["(prefers-color-scheme: dark)", "print"])
      matchMedia(media).addEventListener("change", () => this.#redraw());
  }

  /** Draws a forecast; the sentences next to it say the same for screen readers. */
  show(curve: Curve): void {
    this.#curve = curve;
    this.#redraw();
  }

  #redraw(): void {
    const curve = this.#curve;
    if (curve === null) return;
    this.#plot?.destroy();
    const last = Math.max(curve.total, curve.range[1] ?? 0);
    const [, seconds, unit] = UNITS.find(([from]) => last >= from) ?? [0, 1, "seconds"];
    // A logarithmic scale has no 0, and long forecasts have more points than calls have arguments.
    const least = curve.fits.reduce((low, each) => (each > 0 && each < low ? each : low), 1) / 10;
    const shown = (values: readonly number[]): number[] =>
      values.map((each) => Math.max(each, least));
    const axis = {
      stroke: color("--muted"),
      grid: { stroke: color("--line"), width: 1 },
      ticks: { stroke: color("--line"), width: 1 },
      font: "12px system-ui",
      labelFont: "12px system-ui",
    };
    const memory = color("--memory");
    this.#plot = new uPlot(
      {
        width: Math.max(this.#parent.clientWidth, 200),
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, range: [0, (1.02 * Math.max(last, 0.001)) / seconds] },
          y: { distr: 3 },
          throttle: { range: [0, 100] },
        },
        axes: [
          { ...axis, label: `Time, ${unit}`, labelSize: 20 },
          { ...axis, label: "Memory to send, GiB", labelSize: 18, size: 52 },
          {
            ...axis,
            scale: "throttle",
            side: 1,
            label: "Throttle, %",
            labelSize: 18,
            size: 38,
            grid: { show: false },
          },
        ],
        bands: [{ series: [1, 2], fill: color("--memory-band") }],
        series: [
          {},
          { stroke: memory, width: 2, points: { show: false } },
          { stroke: memory, width: 1, points: { show: false } },
          { stroke: color("--limit"), width: 1.5, points: { show: false } },
          {
            scale: "throttle",
            stroke: color("--muted"),
            fill: color("--throttle"),
            width: 0,
            points: { show: false },
          },
        ],
        hooks: { drawClear: [(plot) => this.#behind(plot, curve, seconds)] },
      },
      [
        curve.at.map((at) => at / seconds),
        shown(curve.left),
        shown(curve.low),
        shown(curve.fits),
        curve.throttle,
      ],
      this.#parent,
    );
  }

  /** The range in which it ends, and the monitor's actions. */
  #behind(plot: uPlot, curve: Curve, seconds: number): void {
    const { ctx, bbox } = plot;
    const x = (at: number): number => plot.valToPos(at / seconds, "x", true);
    const right = bbox.left + bbox.width;
    ctx.save();
    const from = x(curve.range[0] ?? 0);
    const to = curve.range[1] === null ? right : x(curve.range[1]);
    ctx.fillStyle = color("--range");
    ctx.fillRect(from, bbox.top, Math.max(to - from, 1), bbox.height);
    ctx.strokeStyle = ctx.fillStyle = color("--limit");
    ctx.font = `${11 * devicePixelRatio}px system-ui`;
    ctx.textAlign = "right";
    let marked = Number.NEGATIVE_INFINITY;
    for (const mark of curve.marks) {
      const at = x(mark.at);
      ctx.globalAlpha = 0.6;
      ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
      if (at < marked + 15 * devicePixelRatio) continue;
      marked = at;
      ctx.globalAlpha = 1;
      ctx.save();
      ctx.translate(at - 3 * devicePixelRatio, bbox.top + 4 * devicePixelRatio);
      ctx.rotate(-Math.PI / 2);
      ctx.fillText(mark.text, 0, 0);
      ctx.restore();
    }
    ctx.restore();
  }

  #resize(): void {
    const width = this.#parent.clientWidth;
    if (this.#plot && width && Math.abs(width - this.#plot.width) > 1)
      this.#plot.setSize({ width, height: HEIGHT });
  }
}

export function legend(): HTMLElement {
  const entry = (name: string, text: string): HTMLElement =>
    h("li", { class: `key ${name}` }, text);
  return h(
    "ul",
    { class: "legend" },
    entry("memory", "Memory to send"),
    entry("limit", "Fits the downtime limit"),
    entry("range", "Nine of ten migrations end here"),
    entry("throttle", "Throttle"),
  );
}

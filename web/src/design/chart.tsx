/** Curves over time or numbers (uPlot), drawn in the colours of the theme, with a table of the same for who cannot see them. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { language, locale } from '../app/language';
import { theme } from '../app/theme';
import { bare, zoneName } from './time';

interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Of the palette, 1 to 4. */
  readonly colour?: 1 | 2 | 3 | 4;
  readonly dashed?: boolean;
  /** Bounds of an interval, drawn as a band. */
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
}

interface ChartProps {
  readonly label: string;
  readonly unit: string;
  /** Seconds since 1970 where `zone` is given, else hours of a day or other whole numbers. */
  readonly x: readonly number[];
  /** By whose clock hours stand below the curve, which names it once. */
  readonly zone?: string | undefined;
  /** What stands below the curve where it is no time. */
  readonly across?: string | undefined;
  readonly series: readonly Series[];
  readonly height?: number;
  /** The same as a table. */
  readonly table?: ComponentChildren;
}

const NARROWEST = 120;

export function Chart({ label, unit, x, zone, across, series, height = 200, table }: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const drawn = useRef<uPlot.AlignedData | null>(null);
  const dark = theme.value;
  const shape = series.map((each) => `${each.label}${each.colour}${each.dashed}${!!each.low}`).join('|');
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const colours = new Map<string, string>();
    drawn.current = columns(x, series);
    const made = new uPlot(options(element, colours, { unit, zone, across, series, height }, x), drawn.current, element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: Math.max(NARROWEST, element.clientWidth), height }));
    watch.observe(element);
    const system = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => {
      colours.clear();
      made.redraw(false);
    };
    system.addEventListener('change', redraw);
    return () => {
      system.removeEventListener('change', redraw);
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, unit, zone, across, height, dark, language.value]);
  useEffect(() => {
    // Pages are drawn anew far more often than what their curves show changes, and drawing these is dear.
    const now = columns(x, series);
    if (same(drawn.current, now)) return;
    drawn.current = now;
    plot.current?.setData(now);
  }, [x, series]);
  return (
    <figure class="chart" aria-label={label}>
      <div ref={box} aria-hidden="true" />
      {table && <div class="unseen">{table}</div>}
    </figure>
  );
}

function columns(x: readonly number[], series: readonly Series[]): uPlot.AlignedData {
  const ys = series.flatMap((each) => [each.values, ...(each.low && each.high ? [each.low, each.high] : [])]);
  return [x, ...ys] as unknown as uPlot.AlignedData;
}

/** Whether two tables have the same values. */
function same(a: uPlot.AlignedData | null, b: uPlot.AlignedData): boolean {
  return a !== null && a.length === b.length && a.every((column, at) => column.length === b[at]?.length && [...column].every((value, row) => value === b[at]?.[row]));
}

/** `colours` keeps what the names of colours come to: to ask for one makes the browser work out the styles of the page. */
function options(
  element: HTMLElement,
  colours: Map<string, string>,
  given: Pick<ChartProps, 'unit' | 'zone' | 'across' | 'series'> & { height: number },
  x: readonly number[],
): uPlot.Options {
  // A computed colour: canvases do not know light-dark().
  const resolved = (name: string) => (): string => {
    const kept = colours.get(name);
    if (kept) return kept;
    const probe = document.createElement('span');
    probe.style.color = `var(${name})`;
    element.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    colours.set(name, found);
    return found;
  };
  const bands: uPlot.Band[] = [];
  const drawn: uPlot.Series[] = [{}];
  for (const each of given.series) {
    const stroke = resolved(`--series-${each.colour ?? 1}`);
    const label = `${each.label} (${given.unit})`;
    drawn.push({ label, stroke, width: 2, points: { show: false }, ...(each.dashed ? { dash: [5, 4] } : {}) });
    if (each.low && each.high) {
      const at = drawn.length;
      // uPlot calls what has no label `Value`, in English.
      const bound = { class: 'bound', label, stroke, width: 0.5, points: { show: false } };
      drawn.push(bound, { ...bound });
      bands.push({ series: [at + 1, at], fill: () => stroke().replace(/^rgb\((.*)\)$/, 'rgba($1, 0.15)') });
    }
  }
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: resolved('--text-soft'), grid: { stroke: resolved('--line'), width: 1 }, ticks: { show: false } };
  return {
    width: Math.max(NARROWEST, element.clientWidth),
    height: given.height,
    series: drawn,
    bands,
    scales: { x: { time: given.zone !== undefined }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high ?? 0) * 1.08 || 1] } },
    axes: [
      { ...axis, font, labelFont: font, ...below(given, x) },
      { ...axis, font, size: 48, values: (_, splits, _axis, _space, step) => figures(splits, step) },
    ],
    legend: { show: given.series.length > 1, live: false },
    cursor: { points: { show: false } },
    ...(given.zone ? { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1_000), given.zone ?? 'UTC') } : {}),
  };
}

const DAY_S = 86_400;
/** A curve that is longer than this tells days, and no hours. */
const LONG_S = 8 * DAY_S;
/** What divides a day into even parts of whole hours, and beyond. */
const WHOLE = [1, 2, 3, 4, 6, 12, 24, 48, 96, 240, 1_000];

/** The axis below: hours by the zone's clock, with the day where it begins; days; or whole numbers. */
function below({ zone, across }: Pick<ChartProps, 'zone' | 'across'>, x: readonly number[]): uPlot.Axis {
  const named = (label: string | undefined): uPlot.Axis => (label ? { label, labelSize: 18, labelGap: 0 } : {});
  if (zone === undefined) return { ...named(across), incrs: WHOLE, values: (_, splits, _axis, _space, step) => figures(splits, step) };
  const [first = 0, last = 0] = [x[0], x.at(-1)];
  if (last - first > LONG_S) return { values: (_, splits) => splits.map((at) => bare(at * 1_000, 'short', zone)), space: 70 };
  const day = (at: number | undefined): string => (at === undefined ? '' : bare(at * 1_000, 'short', zone));
  return {
    ...named(zoneName(zone, first * 1_000)),
    size: 44,
    values: (_, splits) => splits.map((at, place) => bare(at * 1_000, 'time', zone) + (day(at) === day(splits[place - 1]) ? '' : `\n${day(at)}`)),
  };
}

/** Figures along an axis, with as many digits as tell them apart. */
function figures(splits: readonly number[], step: number): string[] {
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  const format = new Intl.NumberFormat(locale.value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return splits.map((each) => format.format(each));
}

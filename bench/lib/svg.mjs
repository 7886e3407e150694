// The picture of a run: CPU for each operation beside floors and peers, and the curves of growth. It stands in light and in dark surroundings.
import { OPERATIONS } from "./operations.mjs";
import { short } from "./table.mjs";

const WIDTH = 900;
const LEFT = 230;
const BAR = 14;
const GAP = 4;
const CHART = { width: 250, height: 130 };
const COLOURS = { floor: "quiet", product: "own", peer: "other" };
const SHOWN = ["discovery", "flow", "redemption", "refresh", "userinfo"];

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 14px; font-weight: 600; }
  .note { fill: #57606a; }
  .own { fill: #0969da; } .other { fill: #8c959f; } .quiet { fill: #c9d1d9; }
  .line { fill: none; stroke: #0969da; stroke-width: 2; } .second { stroke: #bf8700; } .third { stroke: #8250df; }
  .axis { stroke: #8c959f; stroke-width: 1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .note { fill: #9198a1; }
    .own { fill: #4493f8; } .other { fill: #6e7681; } .quiet { fill: #3d444d; }
    .line { stroke: #4493f8; } .second { stroke: #d29922; } .third { stroke: #ab7df8; }
  }`;

const escaped = (value) => String(value).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const text = (x, y, content, { type = "", anchor = "start" } = {}) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" class="${type}" text-anchor="${anchor}">${escaped(content)}</text>`;

/** Bars of one operation: { parts, height }. */
function bars(operation, results, contenders, top) {
  const cpuOf = ({ name }) => results.find((one) => one.operation === operation && one.contender === name)?.cpu.median;
  const shown = contenders.filter((one) => one.storage !== "memory" && cpuOf(one) !== undefined).map((contender) => ({ contender, cpu: cpuOf(contender) }));
  const most = Math.max(...shown.map(({ cpu }) => cpu));
  const parts = [text(0, top + 12, `${OPERATIONS[operation].title}, CPU ms`, { type: "title" })];
  shown.forEach(({ contender, cpu }, i) => {
    const y = top + 22 + i * (BAR + GAP);
    const width = (cpu / most) * (WIDTH - LEFT - 70);
    parts.push(
      text(LEFT - 8, y + 11, contender.title, { anchor: "end" }),
      `<rect x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" class="${COLOURS[contender.kind]}"/>`,
      text(LEFT + width + 6, y + 11, short(cpu)),
    );
  });
  return { parts, height: 22 + shown.length * (BAR + GAP) + 16 };
}

/** A curve for each series, { name, points: [[x, y]] }, over powers of ten. */
function chart(title, series, left, top) {
  const all = series.flatMap(({ points }) => points);
  const [mostX, mostY] = [Math.max(...all.map(([x]) => x)), Math.max(...all.map(([, y]) => y)) * 1.15];
  const at = ([x, y]) => [left + (Math.log10(x) / Math.log10(mostX)) * CHART.width, top + 24 + CHART.height - (y / mostY) * CHART.height];
  const bottom = top + 24 + CHART.height;
  const parts = [text(left, top + 12, title, { type: "title" }), `<path class="axis" fill="none" d="M${left} ${top + 24}V${bottom}H${left + CHART.width}"/>`];
  parts.push(text(left + 4, top + 34, `${short(mostY)} ms`, { type: "note" }));
  for (const x of [1, mostX]) parts.push(text(...[at([x, 0])[0], bottom + 15], x.toLocaleString("en"), { type: "note", anchor: x === 1 ? "start" : "end" }));
  series.forEach(({ name, points }, i) => {
    const type = ["line", "line second", "line third"][i];
    const line = points.map((point) => at(point).map((one) => one.toFixed(1)).join(" ")).join("L");
    parts.push(`<path class="${type}" d="M${line}"/>`);
    const y = bottom + 34 + i * 16;
    parts.push(`<path class="${type}" d="M${left} ${y - 4}h18"/>`, text(left + 24, y, name, { type: "note" }));
  });
  return { parts, height: 24 + CHART.height + 34 + series.length * 16 + 10 };
}

const seriesOf = (points, names) => names.map((name) => ({ name: OPERATIONS[name]?.title ?? "one call of an account", points: points.map((point) => [point.at, point[name].cpu]) }));

/** The whole picture. `outcome` as run.mjs writes it; without `growth` it has no curves. */
export function picture({ results, contenders, growth, taken, machine }) {
  const parts = [];
  let top = 10;
  for (const operation of SHOWN.filter((one) => results.some((result) => result.operation === one))) {
    const drawn = bars(operation, results, contenders, top);
    parts.push(...drawn.parts);
    top += drawn.height;
  }
  if (growth) {
    const charts = [
      chart("grants in one person's tree", seriesOf(growth.grants, ["userinfo", "refresh"]), 10, top),
      chart("registered clients", seriesOf(growth.clients, ["redemption", "introspection"]), 320, top),
      chart("people at once", seriesOf(growth.people, ["account"]), 630, top),
    ];
    parts.push(...charts.flatMap((one) => one.parts));
    top += Math.max(...charts.map(({ height }) => height));
  }
  parts.push(text(0, top + 14, `npm run bench, ${taken.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores; medians; storage on disk`, { type: "note" }));
  const height = top + 26;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img"
 aria-label="CPU time for each operation of Treeline beside its floors and its peers">
<style>${STYLE}</style>
${parts.join("\n")}
</svg>
`;
}

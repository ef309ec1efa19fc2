// The picture itself, as SVG: everything on it can be reached by mouse, finger and keyboard.

import { type KeyboardEvent, memo, useEffect, useMemo, useRef } from "react";
import { type Drawn, HEIGHT, type Picture as Laid, type Placed, WIDTH } from "./layout";
import { amount } from "./model";

const TITLE_MAX = 24;
const SUBTITLE_MAX = 25;
const LABEL_INSET = 28;
const ARROWS: Record<string, [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface PictureProps {
  laid: Laid;
  zoom: number;
  chosen: string | null;
  choose: (id: string | null) => void;
}

export function Picture({ laid, zoom, chosen, choose }: PictureProps) {
  const svg = useRef<SVGSVGElement>(null);
  const near = useMemo(() => (chosen ? alongTheWay(laid, chosen) : null), [laid, chosen]);
  const entry = chosen ?? laid.nodes.find(({ isSubject }) => isSubject)?.id ?? laid.nodes[0]?.id;

  useEffect(() => {
    const node = laid.nodes.find(({ id }) => id === entry);
    if (node) show(svg.current!.parentElement!, node, zoom);
  }, [laid, entry, zoom]);

  function move(event: KeyboardEvent) {
    const id = (event.target as Element).closest<SVGGElement>("[data-id]")?.dataset.id;
    const at = laid.nodes.find((node) => node.id === id);
    if (event.key === "Escape") choose(null);
    if (!at || !(event.key in ARROWS)) return;
    event.preventDefault();
    const next = neighbour(laid.nodes, at, ARROWS[event.key]!);
    if (!next) return;
    choose(next.id);
    svg.current?.querySelector<SVGGElement>(`[data-id="${CSS.escape(next.id)}"]`)?.focus({ preventScroll: true });
  }

  return (
    <svg
      ref={svg}
      className="picture"
      role="group"
      aria-label={`Trace of ${laid.graph.title}: ${laid.nodes.length} things, ${laid.steps.length} steps`}
      viewBox={`0 0 ${laid.width} ${laid.height}`}
      width={laid.width * zoom}
      height={laid.height * zoom}
      onKeyDown={move}
      onClick={(event) => choose((event.target as Element).closest<SVGGElement>("[data-id]")?.dataset.id ?? null)}
    >
      {laid.columns.map(({ x, name }) => (
        <text key={x} className="column" x={x + WIDTH / 2} y={26}>
          {name}
        </text>
      ))}
      <g fill="none">
        {laid.steps.map((step) => (
          <Edge key={step.key} step={step} isFar={near !== null && !(near.has(step.from) && near.has(step.to))} />
        ))}
      </g>
      {laid.nodes.map((node) => (
        <Box
          key={node.id}
          node={node}
          isChosen={node.id === chosen}
          isFar={near !== null && !near.has(node.id)}
          isEntry={node.id === entry}
        />
      ))}
      <g>
        {laid.steps.map((step) => {
          const label = step.label ?? (chosen && [step.from, step.to].includes(chosen) ? labelled(step, chosen) : null);
          if (!label) return null;
          const isFar = near !== null && !(near.has(step.from) && near.has(step.to));
          return (
            <text key={step.key} className={isFar ? "label far" : "label"} x={label.x} y={label.y}>
              {label.text}
            </text>
          );
        })}
      </g>
    </svg>
  );
}

const Edge = memo(function Edge({ step, isFar }: { step: Drawn; isFar: boolean }) {
  const kind = step.isGap ? "edge unknown" : "edge";
  return (
    <path className={isFar ? `${kind} far` : kind} d={curve(step.points)} strokeWidth={1 + step.weight * 5}>
      {step.quantity && <title>{amount(step.quantity, step.unit)}</title>}
    </path>
  );
});

interface BoxProps {
  node: Placed;
  isChosen: boolean;
  isFar: boolean;
  isEntry: boolean;
}

const Box = memo(function Box({ node, isChosen, isFar, isEntry }: BoxProps) {
  const looks = ["node", node.kind, node.mark, node.isSubject && "subject", isChosen && "chosen", isFar && "far"];
  const told = [node.title, node.subtitle, node.mark && MARKS[node.mark]].filter(Boolean).join(", ");
  return (
    <g
      className={looks.filter(Boolean).join(" ")}
      data-id={node.id}
      role="button"
      aria-label={`${node.kind === "gap" ? "Not known" : node.kind}: ${told}`}
      aria-pressed={isChosen}
      tabIndex={isEntry ? 0 : -1}
      transform={`translate(${node.x} ${node.y})`}
    >
      <title>{told}</title>
      <rect width={WIDTH} height={HEIGHT} rx="8" />
      <rect className="stripe" width="5" height={HEIGHT - 16} x="6" y="8" rx="2.5" />
      <text className="title" x="19" y={node.subtitle || node.mark ? 20 : 29}>
        {cut(node.title, TITLE_MAX)}
      </text>
      <text className="subtitle" x="19" y="37">
        {cut(node.mark ? [MARKS[node.mark], node.subtitle].filter(Boolean).join(" · ") : node.subtitle, SUBTITLE_MAX)}
      </text>
    </g>
  );
});

export const MARKS = { held: "On hold", recalled: "Recalled", expired: "Expired", reversed: "Taken back" };

/** Where there are too many steps to label them all, those of what was chosen are, at their far end. */
function labelled({ points, quantity, unit, from }: Drawn, chosen: string): Drawn["label"] {
  const [at, inwards] = from === chosen ? [points.at(-1), -LABEL_INSET] : [points[0], LABEL_INSET];
  return at && quantity ? { x: at[0] + inwards, y: at[1] + 4, text: amount(quantity, unit) } : null;
}

/** Brings a node into the middle of the frame, unless it can be seen already. */
function show(frame: HTMLElement, node: Placed, zoom: number) {
  const [left, top] = [node.x * zoom, node.y * zoom];
  const [right, bottom] = [left + WIDTH * zoom, top + HEIGHT * zoom];
  const { scrollLeft, scrollTop, clientWidth, clientHeight } = frame;
  const isSeen = left >= scrollLeft && right <= scrollLeft + clientWidth && top >= scrollTop && bottom <= scrollTop + clientHeight;
  if (!isSeen) frame.scrollTo((left + right - clientWidth) / 2, (top + bottom - clientHeight) / 2);
}

/** A smooth line through the points that a step passes. */
function curve(points: [number, number][]): string {
  const [first, ...others] = points;
  if (!first) return "";
  let path = `M${first[0]} ${first[1]}`;
  let [x, y] = first;
  for (const [nextX, nextY] of others) {
    const middle = (x + nextX) / 2;
    path += ` C${middle} ${y} ${middle} ${nextY} ${nextX} ${nextY}`;
    [x, y] = [nextX, nextY];
  }
  return path;
}

/** What the goods passed before and after: everything up and down the way, but not across it. */
function alongTheWay({ steps }: Laid, id: string): Set<string> {
  const found = new Set([id]);
  for (const [here, there] of [["from", "to"], ["to", "from"]] as const) {
    const after = new Map<string, string[]>();
    for (const step of steps) after.set(step[here], [...(after.get(step[here]) ?? []), step[there]]);
    const open = [id];
    const seen = new Set(open);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const next of after.get(at) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        found.add(next);
        open.push(next);
      }
    }
  }
  return found;
}

function neighbour(nodes: Placed[], at: Placed, [dx, dy]: [number, number]): Placed | undefined {
  const distance = (node: Placed) => {
    const [x, y] = [node.x - at.x, node.y - at.y];
    const along = dx ? x * dx : y * dy;
    const across = Math.abs(dx ? y : x);
    return along > 1 ? along + across * 3 : Infinity;
  };
  const [nearest] = nodes.filter((node) => distance(node) < Infinity).sort((one, other) => distance(one) - distance(other));
  return nearest;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

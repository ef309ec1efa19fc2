// Where everything stands: the Eclipse layout kernel, in a worker of its own so that the page stays awake.

import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk-api";
import workerUrl from "elkjs/lib/elk-worker.min.js";
import { amount, type Graph, type Kind, type Node, type Step } from "./model";

export const WIDTH = 184;
export const HEIGHT = 48;
/** With more steps than this, quantities are shown where one looks instead of everywhere. */
const LABELS_MAX = 70;
const LABEL_HEIGHT = 14;
const CHARACTER_WIDTH = 6.2;

export interface Placed extends Node {
  x: number;
  y: number;
}

export interface Drawn extends Step {
  key: string;
  points: [x: number, y: number][];
  label: { x: number; y: number; text: string } | null;
  weight: number;
}

export interface Picture {
  graph: Graph;
  nodes: Placed[];
  steps: Drawn[];
  columns: { x: number; name: string }[];
  width: number;
  height: number;
}

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.edgeRouting": "POLYLINE",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.nodePlacement.bk.fixedAlignment": "BALANCED",
  "elk.layered.spacing.nodeNodeBetweenLayers": "72",
  "elk.layered.spacing.edgeNodeBetweenLayers": "18",
  "elk.spacing.nodeNode": "14",
  "elk.spacing.edgeNode": "10",
  "elk.spacing.edgeEdge": "6",
  "elk.separateConnectedComponents": "false",
  "elk.padding": "[top=44,left=16,bottom=16,right=16]",
};
const NAMES: Record<Kind, string> = {
  supplier: "Suppliers",
  lot: "Lots",
  batch: "Batches",
  order: "Orders",
  customer: "Customers",
  gap: "Not known",
  unknown: "",
};

let elk: InstanceType<typeof ELK> | null = null;

export async function laidOut(graph: Graph): Promise<Picture> {
  elk ??= new ELK({ workerFactory: () => new Worker(workerUrl) });
  const hasLabels = graph.steps.length <= LABELS_MAX;
  const weights = weightsOf(graph.steps);
  const columns = columnsOf(graph);
  const laid: ElkNode = await elk.layout<ElkNode>({
    id: "picture",
    layoutOptions: { ...OPTIONS, "elk.layered.thoroughness": graph.nodes.length > 300 ? "1" : "7" },
    children: graph.nodes.map(({ id }) => {
      const column = columns.get(id);
      const constraint: Record<string, string> = column ? { "elk.layered.layering.layerConstraint": column } : {};
      return { id, width: WIDTH, height: HEIGHT, layoutOptions: constraint };
    }),
    edges: graph.steps.map((step, at) => ({
      id: String(at),
      sources: [step.from],
      targets: [step.to],
      labels: hasLabels && step.quantity ? [labelOf(step)] : [],
    })),
  });
  const places = new Map((laid.children ?? []).map((child) => [child.id, child]));
  const nodes = graph.nodes.map((node) => ({ ...node, x: places.get(node.id)?.x ?? 0, y: places.get(node.id)?.y ?? 0 }));
  const edges = new Map((laid.edges ?? []).map((edge) => [edge.id, edge]));
  const steps = graph.steps.map((step, at): Drawn => {
    const edge = edges.get(String(at));
    const label = edge?.labels?.[0];
    return {
      ...step,
      key: String(at),
      points: pointsOf(edge),
      label: label ? { x: label.x! + label.width! / 2, y: label.y! + LABEL_HEIGHT - 3, text: label.text! } : null,
      weight: weights[at]!,
    };
  });
  return { graph, nodes, steps, columns: headings(nodes), width: laid.width ?? 0, height: laid.height ?? 0 };
}

/** Suppliers stand first, customers last, and orders before these; what came in from outside stands together. */
function columnsOf({ nodes, steps }: Graph): Map<string, string> {
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
  const goesInto = new Set(steps.filter(({ from }) => kinds.get(from) !== "supplier").map(({ to }) => to));
  const goesOnTo = new Set(steps.filter(({ to }) => kinds.get(to) !== "customer").map(({ from }) => from));
  const columns = new Map<string, string>();
  for (const { id, kind } of nodes) {
    if (kind === "supplier") columns.set(id, "FIRST_SEPARATE");
    if (kind === "customer") columns.set(id, "LAST_SEPARATE");
    if (kind === "lot" && !goesInto.has(id)) columns.set(id, "FIRST");
    if (kind === "order" && !goesOnTo.has(id)) columns.set(id, "LAST");
  }
  return columns;
}

function headings(nodes: Placed[]): Picture["columns"] {
  const kinds = new Map<number, Map<Kind, number>>();
  for (const { x, kind } of nodes) {
    const counted = kinds.get(x) ?? new Map<Kind, number>();
    kinds.set(x, counted.set(kind, (counted.get(kind) ?? 0) + 1));
  }
  return [...kinds].map(([x, counted]) => {
    const [[kind] = ["unknown" as Kind]] = [...counted].sort(([, one], [, other]) => other - one);
    return { x, name: NAMES[kind] };
  });
}

/** How strong each step is drawn, from 0 to 1: by its quantity beside the greatest of the same unit. */
function weightsOf(steps: Step[]): number[] {
  const most = new Map<string, number>();
  for (const { quantity, unit } of steps) {
    if (quantity) most.set(unit ?? "", Math.max(most.get(unit ?? "") ?? 0, Number(quantity)));
  }
  return steps.map(({ quantity, unit }) => (quantity ? Math.sqrt(Number(quantity) / (most.get(unit ?? "") || 1)) : 0));
}

function labelOf(step: Step) {
  const text = amount(step.quantity!, step.unit);
  return { text, width: text.length * CHARACTER_WIDTH + 4, height: LABEL_HEIGHT };
}

function pointsOf(edge: ElkExtendedEdge | undefined): [number, number][] {
  return (edge?.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) =>
    [startPoint, ...bendPoints, endPoint].map(({ x, y }): [number, number] => [x, y]),
  );
}


// A trace as a graph: read from any response that has one, whatever else was asked.

import type { Json } from "../api";

export type Kind = "supplier" | "lot" | "batch" | "order" | "customer" | "gap" | "unknown";
type Item = { [name: string]: Json };

export interface Gap {
  kind: string;
  quantity: string;
  unit: string;
  description: string;
}

export interface Node {
  id: string;
  kind: Kind;
  title: string;
  subtitle: string;
  /** What the goods themselves are: held and recalled ones stand out. */
  mark: "held" | "recalled" | "expired" | "reversed" | null;
  isSubject: boolean;
  facts: [name: string, value: string][];
  /** The name of its own trace's page, for what has one. */
  page: string | null;
}

export interface Step {
  from: string;
  to: string;
  quantity: string | null;
  unit: string | null;
  isGap: boolean;
}

export interface Graph {
  title: string;
  verdict: string | null;
  truncated: boolean;
  gaps: Gap[];
  nodes: Node[];
  steps: Step[];
}

/** A trace in a response, and the thing whose trace it is. */
export interface Found {
  path: string;
  owner: Item;
  trace: Item;
}

export const LISTS: Record<string, Kind> = {
  suppliers: "supplier",
  lots: "lot",
  batches: "batch",
  orders: "order",
  customers: "customer",
};
const TYPES: Record<string, Kind> = {
  Supplier: "supplier",
  Lot: "lot",
  ProductionBatch: "batch",
  Order: "order",
  Customer: "customer",
};
const MARKS: Record<string, Node["mark"]> = { ON_HOLD: "held", RECALLED: "recalled", REVERSED: "reversed" };
/** Gaps of these kinds are something that went in; the others went out. */
const INTO = new Set(["UNTRACKED", "UNACCOUNTED", "UNLINKED_LINE", "NO_RECIPE"]);
const GAP_WORDS: Record<string, string> = {
  UNTRACKED: "not from a lot",
  UNACCOUNTED: "not in the books",
  UNLINKED_LINE: "no batch linked",
  NO_RECIPE: "bought in",
  ADJUSTED: "taken by a count",
  UNALLOCATED: "in no order",
};

export function tracesIn(response: Json, path = "", owner: Item = {}): Found[] {
  if (Array.isArray(response)) return response.flatMap((item, at) => tracesIn(item, `${path}[${at}]`, owner));
  if (!isItem(response)) return [];
  if (isTrace(response)) return [{ path: path.replace(/^\.?data\./, ""), owner, trace: response }];
  return Object.entries(response).flatMap(([name, value]) => tracesIn(value, `${path}.${name}`, response));
}

/** The trace as a graph; `more` are things by id that the response itself does not tell enough of. */
export function graphOf({ owner, trace, path }: Found, more: Map<string, Item> = new Map()): Graph {
  const nodes = new Map<string, Node>();
  const subject = text(owner.id);
  const steps: Step[] = [];
  const step = (from: string, to: string) => {
    if (!steps.some((other) => other.from === from && other.to === to)) {
      steps.push({ from, to, quantity: null, unit: null, isGap: false });
    }
  };
  const add = (kind: Kind, item: Item) => {
    const id = text(item.id);
    if (!id) return;
    const whole = { ...more.get(id), ...item };
    const known = nodes.get(id);
    nodes.set(id, known ? merged(known, nodeOf(kind, id, whole, subject)) : nodeOf(kind, id, whole, subject));
    if (isItem(whole.supplier)) {
      add("supplier", whole.supplier);
      step(text(whole.supplier.id), id);
    }
    if (isItem(whole.customer)) {
      add("customer", whole.customer);
      step(id, text(whole.customer.id));
    }
  };
  for (const [list, kind] of Object.entries(LISTS)) {
    for (const item of items(trace[list])) add(kind, item);
  }
  if (subject && !nodes.has(subject)) {
    const kind = TYPES[text(more.get(subject)?.__typename)] ?? (owner.number ? "order" : "unknown");
    if (kind !== "unknown") add(kind, owner);
  }
  for (const edge of items(trace.edges)) {
    const [from, to] = [text(edge.from), text(edge.to)];
    for (const id of [from, to]) {
      if (!nodes.has(id)) add(TYPES[text(more.get(id)?.__typename)] ?? "unknown", { id });
    }
    steps.push({ from, to, quantity: text(edge.quantity) || null, unit: text(edge.unit) || null, isGap: false });
  }
  const gaps = items(trace.gaps) as unknown as Gap[];
  addGaps(gaps, nodes, steps);
  const known = new Set(nodes.keys());
  return {
    title: [text(owner.code) || text(owner.number), text(owner.supplierLotNumber)].filter(Boolean).join(" · ") || path,
    verdict: text(trace.verdict) || null,
    truncated: trace.truncated === true,
    gaps,
    nodes: [...nodes.values()],
    steps: steps.filter(({ from, to }) => known.has(from) && known.has(to)),
  };
}

/** The ids of which a response tells too little to draw them well. */
export function thinIds({ owner, trace }: Found): string[] {
  const told = new Map<string, Item>();
  for (const list of Object.keys(LISTS)) for (const item of items(trace[list])) told.set(text(item.id), item);
  const ids = new Set([text(owner.id), ...items(trace.edges).flatMap(({ from, to }) => [text(from), text(to)])]);
  const isThin = (item: Item | undefined) =>
    !item || ("status" in item ? !("supplier" in item || "customer" in item || "product" in item) : true);
  return [...ids].filter((id) => id && isThin(told.get(id)));
}

function nodeOf(kind: Kind, id: string, item: Item, subject: string): Node {
  const name = [item.ingredient, item.product, item.customer].find(isItem)?.name;
  const code = text(item.code) || text(item.number);
  return {
    id,
    kind,
    title: code || text(item.name) || "Not asked for",
    subtitle: kind === "supplier" || kind === "customer" ? "" : text(name) || (kind === "order" && code ? "Counter sale" : ""),
    mark: MARKS[text(item.status)] ?? null,
    isSubject: id === subject,
    facts: factsOf(item),
    page: pageOf(kind, code),
  };
}

/** Of two tellings of one thing, the one that tells more. */
function merged(one: Node, other: Node): Node {
  return one.facts.length >= other.facts.length ? one : other;
}

export function pageOf(kind: Kind, code: string): string | null {
  if (!code) return null;
  if (kind === "lot" || kind === "batch") return code;
  return kind === "order" ? `ORDER-${code}` : null;
}

function addGaps(gaps: Gap[], nodes: Map<string, Node>, steps: Step[]) {
  const byTitle = new Map([...nodes.values()].filter(({ page }) => page).map((node) => [node.title, node]));
  gaps.forEach((gap, at) => {
    // The words of a gap name the thing that it is at by its code.
    const place = [...byTitle.keys()].filter((title) => names(gap.description, title)).sort((a, b) => b.length - a.length)[0];
    const node = place === undefined ? undefined : byTitle.get(place);
    if (!node) return;
    const id = `gap ${at}`;
    const ingredient = / in /.test(gap.description) ? gap.description.split(" in ")[0]! : "";
    nodes.set(id, {
      id,
      kind: "gap",
      title: `${amount(gap.quantity, gap.unit)} ${GAP_WORDS[gap.kind] ?? gap.kind}`,
      subtitle: ingredient,
      mark: null,
      isSubject: false,
      facts: [["Not known", gap.description]],
      page: null,
    });
    const [from, to] = INTO.has(gap.kind) ? [id, node.id] : [node.id, id];
    steps.push({ from, to, quantity: gap.quantity, unit: gap.unit, isGap: true });
  });
}

function names(description: string, code: string): boolean {
  const at = description.indexOf(code);
  if (at < 0) return false;
  return !/[\w-]/.test(description[at - 1] ?? " ") && !/[\w-]/.test(description[at + code.length] ?? " ");
}

const NOT_FACTS = new Set(["id", "__typename", "unit", "code", "number"]);

function factsOf(item: Item): [string, string][] {
  return Object.entries(item).flatMap(([name, value]): [string, string][] => {
    if (NOT_FACTS.has(name) || value === null) return [];
    if (isItem(value)) return typeof value.name === "string" ? [[words(name), value.name]] : [];
    if (Array.isArray(value)) return [];
    if (name.startsWith("quantity")) return [[words(name), amount(String(value), text(item.unit))]];
    return [[words(name), typeof value === "string" && /^[A-Z_]+$/.test(value) ? sentence(value) : String(value)]];
  });
}

/** `5000 g` with thin spaces between thousands. */
export function amount(quantity: string, unit: string | null): string {
  const [whole = "", decimals] = quantity.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const number = decimals ? `${spaced}.${decimals}` : spaced;
  return unit && unit !== "each" ? `${number} ${unit}` : `${number} pcs`;
}

/** `supplierLotNumber` as `Supplier lot number`. */
function words(name: string): string {
  return sentence(name.replaceAll(/([A-Z])/g, " $1"));
}

export function sentence(name: string): string {
  const spaced = name.replaceAll("_", " ").toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function isTrace(item: Item): boolean {
  return Array.isArray(item.edges) && (item.edges.length ? isStep(item.edges[0]!) : "verdict" in item);
}

function isStep(edge: Json): boolean {
  return isItem(edge) && typeof edge.from === "string" && typeof edge.to === "string";
}

function isItem(value: Json | undefined): value is Item {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function items(value: Json | undefined): Item[] {
  return Array.isArray(value) ? value.filter(isItem) : [];
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

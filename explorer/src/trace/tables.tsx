// The same in words, for whoever reads, prints or hears it.

import { LISTS, type Graph, type Node } from "./model";

const CAPTIONS: Record<string, string> = {
  suppliers: "Suppliers",
  lots: "Lots",
  batches: "Batches",
  orders: "Orders",
  customers: "Customers",
};

const DAY = /^\d{4}-\d\d-\d\d$/;

export function Tables({ graph }: { graph: Graph }) {
  return (
    <section className="tables" aria-label="The trace in words">
      {Object.entries(LISTS).map(([list, kind]) => (
        <Table key={list} caption={CAPTIONS[list]!} nodes={graph.nodes.filter((node) => node.kind === kind)} />
      ))}
    </section>
  );
}

function Table({ caption, nodes }: { caption: string; nodes: Node[] }) {
  if (!nodes.length) return null;
  const columns = [...new Set(nodes.flatMap(({ facts }) => facts.map(([name]) => name)))].filter((name) => name !== "Name");
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{nodes.some(({ page }) => page) ? "Code" : "Name"}</th>
          {columns.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {nodes.map(({ id, title, page, facts, mark }) => {
          const told = new Map(facts);
          return (
            <tr key={id} className={mark ?? undefined}>
              <th scope="row">{page ? <a href={`/trace/${encodeURIComponent(page)}`}>{title}</a> : title}</th>
              {columns.map((name) => (
                <td key={name} className={DAY.test(told.get(name) ?? "") ? "day" : undefined}>
                  {told.get(name)}
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

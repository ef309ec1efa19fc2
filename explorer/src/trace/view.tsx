// A trace with all that belongs to it: its verdict, the picture, what is not known, and what was clicked on.

import { useEffect, useRef, useState } from "react";
import { laidOut, type Picture as Laid } from "./layout";
import { amount, type Gap, type Graph, type Node, sentence } from "./model";
import { MARKS, Picture } from "./picture";
import { saveSvg } from "./save";
import { Tables } from "./tables";

const ZOOM_MIN = 0.05;
const ZOOM_MAX = 2;
const ZOOM_STEP = 1.25;
/** Below it the words on the picture cannot be read. */
const LEGIBLE = 0.8;
const GAPS_SHOWN = 6;
const VERDICTS: Record<string, string> = {
  PROVEN: "Everything is on record.",
  POSSIBLE: "Recorded in part: see what is not known.",
  UNKNOWN: "Nothing is on record that leads there.",
};

interface TraceViewProps {
  graph: Graph;
  /** Shows the trace of another thing. */
  follow: (node: Node) => void;
  isPage?: boolean;
}

export function TraceView({ graph, follow, isPage = false }: TraceViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [laid, setLaid] = useState<Laid | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [zoom, setZoom] = useState(1);
  const [chosen, setChosen] = useState<string | null>(null);

  useEffect(() => {
    let isWanted = true;
    setFailure(null);
    laidOut(graph).then(
      (picture) => {
        if (!isWanted) return;
        setLaid(picture);
        setChosen(null);
        setZoom(fitting(picture, frame.current));
      },
      (error: unknown) => isWanted && setFailure(String(error)),
    );
    return () => {
      isWanted = false;
    };
  }, [graph]);

  const node = graph.nodes.find(({ id }) => id === chosen);
  return (
    <section className="trace" aria-label={`Trace of ${graph.title}`}>
      <Summary graph={graph} />
      <div className="tools" role="toolbar" aria-label="Picture">
        <button type="button" aria-label="Smaller" disabled={zoom <= ZOOM_MIN} onClick={() => setZoom(zoom / ZOOM_STEP)}>
          −
        </button>
        <button type="button" aria-label="Larger" disabled={zoom >= ZOOM_MAX} onClick={() => setZoom(zoom * ZOOM_STEP)}>
          +
        </button>
        <button type="button" disabled={!laid} onClick={() => laid && setZoom(fitting(laid, frame.current, true))}>
          Whole
        </button>
        <Finder graph={graph} choose={setChosen} />
        <button type="button" disabled={!laid} onClick={() => saveSvg(frame.current!.querySelector("svg")!, `trace ${graph.title}`)}>
          Save as SVG
        </button>
        {isPage && (
          <button type="button" onClick={() => print()}>
            Print
          </button>
        )}
      </div>
      <div className="canvas" ref={frame} aria-busy={laid?.graph !== graph}>
        {failure && <p className="refusal">The picture cannot be drawn: {failure}</p>}
        {!laid && !failure && <p className="quiet">Drawing…</p>}
        {laid && <Picture laid={laid} zoom={zoom} chosen={chosen} choose={setChosen} />}
      </div>
      <Key />
      {node && <Details node={node} follow={follow} close={() => setChosen(null)} />}
      <Gaps gaps={graph.gaps} />
      {isPage && <Tables graph={graph} />}
    </section>
  );
}

/** As large as the frame has room for, but never so small that nobody can read it, unless the whole is wanted. */
function fitting({ width, height }: Laid, frame: HTMLElement | null, isWholeWanted = false): number {
  if (!frame) return 1;
  const room = isWholeWanted ? Math.min(frame.clientWidth / width, frame.clientHeight / height) : frame.clientWidth / width;
  return Math.min(Math.max(room, isWholeWanted ? ZOOM_MIN : LEGIBLE), 1);
}

function Summary({ graph }: { graph: Graph }) {
  const count = (kind: Node["kind"], one: string, many: string) => {
    const found = graph.nodes.filter((node) => node.kind === kind).length;
    return found ? [`${found} ${found === 1 ? one : many}`] : [];
  };
  const parts = [
    ...count("supplier", "supplier", "suppliers"),
    ...count("lot", "lot", "lots"),
    ...count("batch", "batch", "batches"),
    ...count("order", "order", "orders"),
    ...count("customer", "customer", "customers"),
  ];
  return (
    <div className="summary">
      {graph.verdict && (
        <p>
          <span className={`badge verdict ${graph.verdict.toLowerCase()}`}>{sentence(graph.verdict)}</span>{" "}
          {VERDICTS[graph.verdict]}
        </p>
      )}
      {graph.truncated && <p className="refusal">A limit cut this trace: there is more than is shown.</p>}
      <p className="quiet">{parts.join(" · ")}</p>
    </div>
  );
}

function Finder({ graph, choose }: { graph: Graph; choose: (id: string) => void }) {
  const [wanted, setWanted] = useState("");
  function find(text: string) {
    setWanted(text);
    const small = text.trim().toLowerCase();
    const found = small && graph.nodes.find(({ title, subtitle, facts }) => `${title} ${subtitle} ${facts.join(" ")}`.toLowerCase().includes(small));
    if (found) choose(found.id);
  }
  return <input type="search" placeholder="Find…" aria-label="Find in the picture" value={wanted} onChange={(event) => find(event.target.value)} />;
}

function Key() {
  return (
    <ul className="key" aria-label="Key">
      <li className="held">{MARKS.held}</li>
      <li className="recalled">{MARKS.recalled}</li>
      <li className="gap">Not known</li>
    </ul>
  );
}

function Details({ node, follow, close }: { node: Node; follow: (node: Node) => void; close: () => void }) {
  return (
    <aside className="details" aria-label={`About ${node.title}`}>
      <button type="button" className="close" aria-label="Close" onClick={close}>
        ×
      </button>
      <h3>{node.title}</h3>
      <dl>
        {node.facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {node.page && !node.isSubject && (
        <button type="button" className="primary" onClick={() => follow(node)}>
          {node.kind === "order" ? "What is in this order?" : node.kind === "lot" ? "Where did this lot go?" : "Trace this batch"}
        </button>
      )}
    </aside>
  );
}

function Gaps({ gaps }: { gaps: Gap[] }) {
  const [isWhole, setWhole] = useState(false);
  if (!gaps.length) return null;
  return (
    <section className="gaps">
      <h3>Not known</h3>
      <ul>
        {(isWhole ? gaps : gaps.slice(0, GAPS_SHOWN)).map(({ quantity, unit, description }, at) => (
          <li key={at}>
            <strong>{amount(quantity, unit)}</strong> {description}
          </li>
        ))}
      </ul>
      {gaps.length > GAPS_SHOWN && (
        <button type="button" onClick={() => setWhole(!isWhole)}>
          {isWhole ? "Fewer" : `All ${gaps.length}`}
        </button>
      )}
    </section>
  );
}

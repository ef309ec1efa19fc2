// GraphiQL's panel with the picture of whatever trace stands in the response.

import { useEffect, useMemo, useState } from "react";
import batch from "../../shelf/batch.graphql";
import lot from "../../shelf/lot.graphql";
import order from "../../shelf/order.graphql";
import things from "../../shelf/things.graphql";
import { ask, type Json } from "../api";
import { useResponse } from "../response";
import { useEditors } from "../shelf";
import { type Found, graphOf, type Node, thinIds, tracesIn } from "./model";
import { TraceView } from "./view";

const IDS_MAX = 100;
type Thing = { [name: string]: Json };

function TracePanel() {
  const { put, run } = useEditors();
  const response = useResponse();
  const found = useMemo(() => tracesIn(response), [response]);
  const [at, setAt] = useState(0);
  const shown = found[at] ?? found[0];
  const more = useMore(shown);
  const graph = useMemo(() => (shown && more ? graphOf(shown, more) : null), [shown, more]);

  function follow({ kind, title }: Node) {
    if (kind === "order") put(order, { number: title });
    else put(kind === "lot" ? lot : batch, { code: title });
    run();
  }

  const subject = graph?.nodes.find(({ isSubject }) => isSubject);
  return (
    <div className="trace-panel">
      <h2>Trace</h2>
      {!shown && (
        <p className="quiet">
          Run an operation that asks for a <code>trace</code>, such as “Where did this lot go?” of the ready operations, and
          its picture appears here.
        </p>
      )}
      {found.length > 1 && (
        <label>
          Trace{" "}
          <select value={at} onChange={(event) => setAt(Number(event.target.value))}>
            {found.map(({ path, owner }, place) => (
              <option key={path} value={place}>
                {String(owner.code ?? owner.number ?? path)}
              </option>
            ))}
          </select>
        </label>
      )}
      {graph && (
        <>
          <p className="subject">
            <strong>{graph.title}</strong>
            {subject?.page && (
              // The tab that opens has a copy of this one's session, so it is signed in.
              <a href={`/trace/${encodeURIComponent(subject.page)}`} target="_blank" rel="opener">
                Open as a page
              </a>
            )}
          </p>
          <TraceView graph={graph} follow={follow} />
        </>
      )}
    </div>
  );
}

/** What the response leaves out of the things in a trace, asked for by their ids; null until it is there. */
function useMore(found: Found | undefined): Map<string, Thing> | null {
  const [more, setMore] = useState<{ of: Found | undefined; things: Map<string, Thing> } | null>(null);
  useEffect(() => {
    if (!found) return;
    let isWanted = true;
    void asked(thinIds(found)).then((told) => isWanted && setMore({ of: found, things: told }));
    return () => {
      isWanted = false;
    };
  }, [found]);
  return more && more.of === found ? more.things : null;
}

async function asked(ids: string[]): Promise<Map<string, Thing>> {
  const told = new Map<string, Thing>();
  for (let at = 0; at < ids.length; at += IDS_MAX) {
    const { data } = await ask<{ nodes: (Thing | null)[] | null }>({ query: things, variables: { ids: ids.slice(at, at + IDS_MAX) } });
    for (const thing of data?.nodes ?? []) {
      if (!thing) continue;
      // Three types, three enums: one name for all of them would be no valid document.
      const { lotStatus, batchStatus, orderStatus, ...others } = thing;
      told.set(String(thing.id), { ...others, status: lotStatus ?? batchStatus ?? orderStatus ?? null });
    }
  }
  return told;
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6">
      <rect x="2" y="3" width="6" height="5" rx="1" />
      <rect x="2" y="16" width="6" height="5" rx="1" />
      <rect x="16" y="9.500" width="6" height="5" rx="1" />
      <path d="M8 5.500c5 0 3 6.500 8 6.500M8 18.500c5 0 3-6.500 8-6.500" />
    </svg>
  );
}

export const TRACE_PANEL = { title: "Trace", icon: Icon, content: TracePanel };

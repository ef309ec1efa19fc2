// A shelf of ready operations, by task. Their variables are filled in from what is in the bakery just now.

import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useState } from "react";
import addLot from "../shelf/add-lot.graphql";
import delivery from "../shelf/delivery.graphql";
import expires from "../shelf/expires.graphql";
import findDelivery from "../shelf/find-delivery.graphql";
import findIngredient from "../shelf/find-ingredient.graphql";
import findLot from "../shelf/find-lot.graphql";
import findOrder from "../shelf/find-order.graphql";
import findRun from "../shelf/find-run.graphql";
import lot from "../shelf/lot.graphql";
import order from "../shelf/order.graphql";
import preview from "../shelf/preview.graphql";
import production from "../shelf/production.graphql";
import shelf from "../shelf/shelf.json";
import viewer from "../shelf/viewer.graphql";
import { ask, type Json } from "./api";

/** Where everything stands below each other, and the answer out of sight. */
const NARROW = "(max-width: 700px)";

interface Ready {
  task: string;
  about: string;
  document: string;
  find?: string;
  /** The panel that shows its answer best. */
  panel?: string;
  variables?: Json;
}

const DOCUMENTS: Record<string, string> = {
  "add-lot.graphql": addLot,
  "delivery.graphql": delivery,
  "expires.graphql": expires,
  "find-delivery.graphql": findDelivery,
  "find-ingredient.graphql": findIngredient,
  "find-lot.graphql": findLot,
  "find-order.graphql": findOrder,
  "find-run.graphql": findRun,
  "lot.graphql": lot,
  "order.graphql": order,
  "preview.graphql": preview,
  "production.graphql": production,
  "viewer.graphql": viewer,
};

function Shelf() {
  const { put, run } = useEditors();
  const { setVisiblePlugin } = useGraphiQLActions();
  const [note, setNote] = useState<string | null>(null);

  async function take(ready: Ready) {
    const operation = DOCUMENTS[ready.document]!;
    const found = ready.find ? await ask({ query: DOCUMENTS[ready.find]! }) : {};
    const missing: string[] = [];
    const variables = filled(ready.variables ?? {}, found.data ?? {}, missing);
    put(operation, variables);
    const isRead = operation.startsWith("query");
    if (missing.length) {
      setNote(found.errors?.[0]?.message ?? `There is nothing to fill in for ${missing.join(", ")} just now.`);
    } else if (isRead) {
      setNote(null);
      run();
      if (ready.panel) setVisiblePlugin(ready.panel);
      else if (matchMedia(NARROW).matches) document.querySelector(".graphiql-response")?.scrollIntoView();
    } else {
      setNote(`“${ready.task}” changes the books: look at the variables, then run it.`);
    }
  }

  return (
    <div className="shelf">
      <h2>Ready operations</h2>
      {note && (
        <p className="note" role="status">
          {note}
        </p>
      )}
      <ul>
        {(shelf as Ready[]).map((ready) => (
          <li key={ready.task}>
            <button type="button" onClick={() => void take(ready)}>
              <strong>{ready.task}</strong>
              {!DOCUMENTS[ready.document]!.startsWith("query") && <span className="badge">changes the books</span>}
              <span className="quiet">{ready.about}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Puts a document and its variables into the editors, and runs them. */
export function useEditors() {
  const { queryEditor, variableEditor } = useGraphiQL((state) => ({
    queryEditor: state.queryEditor,
    variableEditor: state.variableEditor,
  }));
  const { run, setOperationName } = useGraphiQLActions();
  function put(document: string, variables: Json) {
    queryEditor?.setValue(document);
    variableEditor?.setValue(JSON.stringify(variables, null, 2));
    setOperationName(/^\w+ (\w+)/.exec(document)?.[1] ?? "");
  }
  return { put, run: () => void run() };
}

/**
 * The variables with what was found in place of `=path.to.it`; `a|b` takes the first that is there, `=new` is a key
 * that was never used. The names of what is not there are added to `missing`.
 */
export function filled(template: Json, found: Json, missing: string[], name = ""): Json {
  if (Array.isArray(template)) return template.map((item) => filled(item, found, missing, name));
  if (typeof template === "object" && template !== null) {
    return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filled(value, found, missing, key)]));
  }
  if (typeof template !== "string" || !template.startsWith("=")) return template;
  if (template === "=new") return crypto.randomUUID();
  for (const path of template.slice(1).split("|")) {
    const value = path.split(".").reduce<Json | undefined>((at, step) => (at as Record<string, Json> | null)?.[step], found);
    if (value !== undefined && value !== null) return value;
  }
  missing.push(name);
  return "";
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6">
      <path d="M4 5h16M4 12h16M4 19h16" strokeLinecap="round" />
      <path d="M7 2.500v2.500M12 2v3M9 9v3M15 8.500v3.500M8 16v3M13 15.500v3.500" strokeWidth="2.600" strokeLinecap="round" />
    </svg>
  );
}

export const SHELF_PANEL = { title: "Ready operations", icon: Icon, content: Shelf };

// GraphiQL with the query builder and the project's own panels.

import "./workers";
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { useGraphiQL } from "@graphiql/react";
import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useEffect } from "react";
import { ASKED, takenSchema } from "./ahead";
import { ask } from "./api";
import { Denials } from "./denials";
import { SHELF_PANEL } from "./shelf";
import { TRACE_PANEL } from "./trace/panel";

const BUILDER = { ...explorerPlugin({ showAttribution: false }), title: "Query builder" };
const PANELS = [SHELF_PANEL, BUILDER, TRACE_PANEL, HISTORY_PLUGIN];

function fetched({ query, variables, operationName }: FetcherParams) {
  const taken = operationName === "IntrospectionQuery" ? takenSchema() : null;
  return taken ?? ask({ query, variables, operationName });
}

const WELCOME = `# Choose a ready operation on the left, build one by clicking in the query builder,
# or write your own here. Ctrl+Enter runs it; Ctrl+Space tells what can stand where.

query Welcome {
  inventoryDashboard {
    expiringCount
    expiredCount
    lowStock { name onHand reorderPoint unit }
  }
}
`;

export default function Workbench() {
  return (
    <GraphiQL
      fetcher={fetched as Fetcher}
      plugins={PANELS}
      visiblePlugin={SHELF_PANEL}
      // Queries hold lot numbers and names: like the token, they go with the tab.
      storage={sessionStorage}
      isHeadersEditorEnabled={false}
      showPersistHeadersSettings={false}
      defaultQuery={WELCOME}
      defaultEditorToolsVisibility="variables"
      {...ASKED}
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Denials />
        <Usable />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

/** Marks the moment from which one can write with the schema's help, for `make browser` to measure. */
function Usable() {
  const isUsable = useGraphiQL((state) => Boolean(state.schema && state.queryEditor));
  useEffect(() => {
    if (isUsable) performance.mark("usable");
  }, [isUsable]);
  return null;
}

// What a tab that is signed in will ask for in any case. It is asked before anything is drawn, since the server works
// on it while the browser reads the scripts.

import { getIntrospectionQuery } from "graphql/utilities/getIntrospectionQuery.mjs";
import { ask, session } from "./api";

/** What is asked of the schema: here, and by GraphiQL when the schema is to be fetched anew. */
export const ASKED = { inputValueDeprecation: true, schemaDescription: true };

let schema = session.token ? ask({ query: getIntrospectionQuery(ASKED) }) : null;

/** The answer that was asked for ahead, once. */
export function takenSchema() {
  const taken = schema;
  schema = null;
  return taken;
}

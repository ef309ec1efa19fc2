// The audit of graphql-http: what the GraphQL-over-HTTP specification asks of a server, one by one.

import { auditServer } from "graphql-http";

import { headers, told, url } from "./asked.js";

const results = await auditServer({
  url,
  fetchFn: (input, options = {}) =>
    fetch(input, { ...options, headers: { ...headers, ...Object.fromEntries(new Headers(options.headers)) } }),
});
told(results.map(({ id, name, status, reason }) => ({ id, name, status, reason: reason ?? null })));

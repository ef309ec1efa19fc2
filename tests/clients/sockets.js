// The client of graphql-ws: a query over the websocket, and how a token that proves nobody ends.

import { createClient } from "graphql-ws";

import { headers, token, told, url } from "./asked.js";

const asked = (authorization) =>
  new Promise((resolve) => {
    const client = createClient({
      url: url.replace("http", "ws"),
      connectionParams: { authorization },
      retryAttempts: 0,
    });
    let answer = null;
    client.subscribe(
      { query: "query Me { viewer { role } }" },
      {
        next: (value) => (answer = value.data),
        error: (error) => resolve({ code: error.code ?? null, reason: error.reason ?? String(error) }),
        complete: () => {
          client.dispose();
          resolve({ answer });
        },
      },
    );
  });

told({ owner: await asked(headers.authorization), nobody: await asked(`Bearer ${token}x`) });

// The client of graphql-sse, each operation a connection of its own.

import { createClient } from "graphql-sse";

import { headers, told, url } from "./asked.js";

const client = createClient({ url, headers, retryAttempts: 0 });

const asked = async (query) => {
  const answers = [];
  for await (const answer of client.iterate({ query })) answers.push(answer);
  return answers;
};

told({ query: await asked("{ viewer { role } }"), mistake: await asked("{ nothing }") });

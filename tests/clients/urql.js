// urql with its persisted queries, by POST and by GET. It lists text/event-stream in every Accept, and expects JSON.

import { Client, fetchExchange, gql } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";

import { headers, noting, sent, sha256, texts, told, url } from "./asked.js";

const found = {};
for (const preferGetForPersistedQueries of [false, true]) {
  const client = new Client({
    url,
    exchanges: [
      persistedExchange({ preferGetForPersistedQueries, generateHash: async (text) => sha256(text) }),
      fetchExchange,
    ],
    fetchOptions: { headers },
    fetch: noting,
    preferGetMethod: false,
    requestPolicy: "network-only",
  });
  const query = preferGetForPersistedQueries
    ? gql`query UrqlByGet { viewer { role } }`
    : gql`query UrqlByPost { viewer { role } }`;
  for (const time of ["first", "again"]) {
    const start = sent.length;
    const { data, error } = await client.query(query, {}).toPromise();
    found[`${preferGetForPersistedQueries ? "GET" : "POST"} ${time}`] = {
      role: data?.viewer.role ?? null, error: error?.message ?? null, sent: sent.slice(start),
    };
  }
}
told({ answers: found, texts: [...texts] });

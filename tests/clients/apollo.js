// Apollo Client with its persisted queries, by POST and by GET.

import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

import { headers, noting, sent, sha256, texts, told, url } from "./asked.js";

const found = {};
for (const useGETForHashedQueries of [false, true]) {
  const link = ApolloLink.from([
    new PersistedQueryLink({ sha256, useGETForHashedQueries }),
    new HttpLink({ uri: url, headers, fetch: noting }),
  ]);
  const client = new ApolloClient({ cache: new InMemoryCache(), link });
  const query = useGETForHashedQueries
    ? gql`query ByGet { viewer { role } }`
    : gql`query ByPost { viewer { role } }`;
  for (const time of ["first", "again"]) {
    const start = sent.length;
    const { data } = await client.query({ query, fetchPolicy: "network-only" });
    found[`${useGETForHashedQueries ? "GET" : "POST"} ${time}`] = { role: data.viewer.role, sent: sent.slice(start) };
  }
}
told({ answers: found, texts: [...texts] });

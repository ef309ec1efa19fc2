// Who is signed in.

import { ask, session } from "./api";

export interface Viewer {
  name: string;
  role: string;
  bakery: { name: string; plan: string };
}

const DOCUMENT = "query Who { viewer { name role bakery { name plan } } }";

/** The person that the token belongs to, or in words why there is none. */
export async function signIn(token: string): Promise<Viewer | string> {
  const { data, errors } = await ask<{ viewer: Viewer | null }>({ query: DOCUMENT, operationName: "Who" }, token);
  if (data?.viewer) {
    session.begin(token);
    return data.viewer;
  }
  const problem = errors?.[0];
  if (problem?.extensions?.code === "UNAUTHENTICATED") return "This token is not known, or has expired or been revoked.";
  return problem?.message ?? "The server did not say who this token belongs to.";
}

/** `GROWTH` as people write it. */
export function inWords(name: string): string {
  return name.charAt(0) + name.slice(1).toLowerCase().replaceAll("_", " ");
}

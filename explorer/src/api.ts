// Questions to the API, with the token that this tab holds.

const TOKEN = "baketrace.token";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export interface Problem {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; [name: string]: unknown };
}

export interface Answer<Data = Record<string, Json>> {
  data?: Data | null;
  errors?: Problem[];
}

/** The tab's token. The browser forgets it with the tab, and sends it nowhere by itself. */
export const session = {
  get token(): string | null {
    return sessionStorage.getItem(TOKEN);
  },
  begin(token: string) {
    sessionStorage.setItem(TOKEN, token);
  },
  end() {
    // What was written and found in this tab goes, too.
    sessionStorage.clear();
  },
};

export async function ask<Data = Record<string, Json>>(
  body: { query: string; variables?: unknown; operationName?: string | null },
  token = session.token,
): Promise<Answer<Data>> {
  const headers: Record<string, string> = { "Content-Type": "application/json", Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response: Response;
  try {
    response = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    return failed("The server cannot be reached. Look at the connection, and try again.");
  }
  try {
    return (await response.json()) as Answer<Data>;
  } catch {
    return failed(`The server answered ${response.status} ${response.statusText}, and nothing to read.`);
  }
}

function failed<Data>(message: string): Answer<Data> {
  return { data: null, errors: [{ message, extensions: { code: "UNREACHABLE" } }] };
}

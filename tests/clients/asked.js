// What every client needs: where to ask, as whom, and a fetch that remembers what was sent.

import { createHash } from "node:crypto";

export const url = process.env.BAKETRACE_URL;
export const token = process.env.BAKETRACE_TOKEN;
export const headers = { authorization: `Bearer ${token}` };

// Every text whose hash a client asked for.
export const texts = new Set();

export function sha256(text) {
  texts.add(text);
  return createHash("sha256").update(text).digest("hex");
}

export const sent = [];

export async function noting(input, options = {}) {
  const response = await fetch(input, options);
  const parameters = options.body ? JSON.parse(options.body) : Object.fromEntries(new URL(input).searchParams);
  sent.push({
    method: options.method ?? "GET",
    query: parameters.query ?? null,
    accept: new Headers(options.headers).get("accept"),
    status: response.status,
    type: response.headers.get("content-type"),
  });
  return response;
}

export function told(found) {
  process.stdout.write(JSON.stringify(found));
}

// The editor's workers come from our own origin, too.

const BY_LABEL: Record<string, string> = { graphql: WORKERS.graphql, json: WORKERS.json };

Object.assign(globalThis, {
  MonacoEnvironment: { getWorker: (_id: string, label: string) => new Worker(BY_LABEL[label] ?? WORKERS.editor) },
});

// The page of one trace, for people who never see GraphQL: /trace/LOT-…, /trace/PB-…, /trace/ORDER-….

import "./frame.css";
import { useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import batch from "../shelf/batch.graphql";
import lot from "../shelf/lot.graphql";
import order from "../shelf/order.graphql";
import { type Answer, ask } from "./api";
import { denialsIn } from "./denial";
import { Frame } from "./frame";
import { graphOf, tracesIn } from "./trace/model";
import { TraceView } from "./trace/view";

const SUBJECT = decodeURIComponent(location.pathname.replace(/^\/trace\//, ""));

function question(subject: string) {
  if (subject.startsWith("LOT-")) return { title: `Where did lot ${subject} go?`, query: lot, variables: { code: subject } };
  if (subject.startsWith("PB-")) return { title: `Batch ${subject}, both ways`, query: batch, variables: { code: subject } };
  const number = subject.replace(/^ORDER-/, "");
  return { title: `What is in order ${number}?`, query: order, variables: { number } };
}

function TracePage() {
  const { title, query, variables } = useMemo(() => question(SUBJECT), []);
  const [answer, setAnswer] = useState<Answer | null>(null);
  useEffect(() => {
    document.title = `${SUBJECT} · BakeTrace`;
    void ask({ query, variables }).then(setAnswer);
  }, [query, variables]);

  const graph = useMemo(() => {
    const [found] = answer ? tracesIn({ data: answer.data ?? null }) : [];
    return found ? graphOf(found) : null;
  }, [answer]);

  return (
    <main className="trace-page">
      <h1>{title}</h1>
      {!answer && <p className="quiet">Looking it up…</p>}
      {answer && !graph && <Missing answer={answer} />}
      {graph && <TraceView graph={graph} isPage follow={({ page }) => location.assign(`/trace/${encodeURIComponent(page!)}`)} />}
      <p className="printed">
        {SUBJECT}, as recorded on {new Date().toLocaleString()}
      </p>
    </main>
  );
}

function Missing({ answer }: { answer: Answer }) {
  const [denial] = denialsIn(answer as never);
  if (denial) {
    return (
      <p className="refusal" role="alert">
        <strong>{denial.needs}.</strong> {denial.message}
      </p>
    );
  }
  const problem = answer.errors?.[0]?.message;
  return (
    <p className="refusal" role="alert">
      {problem ?? `There is no such thing in this bakery: ${SUBJECT}. Look at the code again.`}
    </p>
  );
}

createRoot(document.getElementById("root")!).render(<Frame place="Trace">{() => <TracePage />}</Frame>);

import "./nonce";
import "./frame.css";
import "./explorer.css";
import "./ahead";
import { lazy, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { Frame } from "./frame";

// It begins to load at once, while the visitor signs in.
const loading = import("./workbench");
const Workbench = lazy(() => loading);

createRoot(document.getElementById("root")!).render(
  <Frame place="Explorer">
    {() => (
      <Suspense fallback={<p className="quiet waiting">Opening the editor…</p>}>
        <Workbench />
      </Suspense>
    )}
  </Frame>,
);

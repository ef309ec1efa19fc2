// Below the response: what a gate refused.

import { denialsIn } from "./denial";
import { useResponse } from "./response";

const SHOWN_MAX = 3;

export function Denials() {
  const found = denialsIn(useResponse());
  if (!found.length) return null;
  return (
    <section className="denials" role="status" aria-label="Not allowed">
      {found.slice(0, SHOWN_MAX).map(({ fields, needs, message }) => (
        <p key={message}>
          <strong>{needs}.</strong> {message} <code>{fields.join(", ")}</code>
        </p>
      ))}
      {found.length > SHOWN_MAX && <p className="quiet">and {found.length - SHOWN_MAX} more reasons</p>}
    </section>
  );
}

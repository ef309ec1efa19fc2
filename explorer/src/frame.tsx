// What every page has: the bar with who is signed in, and the sign-in before it.

import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { session } from "./api";
import icon from "./icon.svg";
import { inWords, signIn, type Viewer } from "./viewer";

// The tab that is signed in already asks before anything is drawn.
const begun = session.token ? signIn(session.token) : null;

export function Frame({ place, children }: { place: string; children: (viewer: Viewer) => ReactNode }) {
  const [viewer, setViewer] = useState<Viewer | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [asking, setAsking] = useState(session.token !== null);

  async function enter(entering: Promise<Viewer | string>) {
    setAsking(true);
    const found = await entering;
    setAsking(false);
    setRefusal(typeof found === "string" ? found : null);
    if (typeof found !== "string") setViewer(found);
  }

  useEffect(() => {
    if (begun) void enter(begun);
  }, []);

  function leave() {
    session.end();
    // A new page: nothing of what was seen stays in memory.
    location.reload();
  }

  return (
    <div className="frame">
      <header className="bar">
        <a className="brand" href="/graphql">
          <img src={icon} alt="" width="28" height="28" />
          <span>BakeTrace</span>
        </a>
        <span className="place">{place}</span>
        {viewer && <Who viewer={viewer} leave={leave} />}
      </header>
      {viewer ? children(viewer) : <SignIn asking={asking} refusal={refusal} enter={(token) => void enter(signIn(token))} />}
    </div>
  );
}

function Who({ viewer, leave }: { viewer: Viewer; leave: () => void }) {
  return (
    <div className="who">
      <span className="bakery">{viewer.bakery.name}</span>
      <span className="badge" title={`Signed in as ${viewer.name}`}>
        {inWords(viewer.role)}
      </span>
      <span className="badge plan" title="The bakery’s plan">
        {inWords(viewer.bakery.plan)} plan
      </span>
      <button type="button" onClick={leave}>
        Sign out
      </button>
    </div>
  );
}

interface SignInProps {
  asking: boolean;
  refusal: string | null;
  enter: (token: string) => void;
}

function SignIn({ asking, refusal, enter }: SignInProps) {
  const [token, setToken] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    if (token.trim()) enter(token.trim());
  }

  if (asking) return <main className="sign-in" aria-busy="true"><p className="quiet">Signing in…</p></main>;
  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <h1>Sign in</h1>
        <p>
          Paste your access token. It stays in this tab only and is gone when the tab is closed.
        </p>
        <label htmlFor="token">Access token</label>
        <input
          id="token"
          type="password"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          value={token}
          aria-invalid={refusal !== null}
          aria-describedby="refusal"
          onChange={(event) => setToken(event.target.value)}
        />
        <p id="refusal" role="alert" className="refusal">
          {refusal}
        </p>
        <button type="submit" className="primary" disabled={!token.trim()}>
          Sign in
        </button>
        <p className="quiet">
          No token yet? The demo prints one for each role when it starts; in your bakery, the owner or whoever runs the
          server has them.
        </p>
      </form>
    </main>
  );
}

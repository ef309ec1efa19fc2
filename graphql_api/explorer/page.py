"""The pages' HTML. It holds nothing of any bakery: all that they show is asked for with the visitor's own token."""

from __future__ import annotations

import secrets

from starlette.responses import HTMLResponse

from graphql_api.explorer.assets import Assets

PREFIX = "/assets"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
EDITOR_POLICY = {
    "style-src": "'self' 'nonce-{nonce}'",
    "style-src-attr": "'unsafe-inline'",
    "img-src": "'self' data:",
}
"""The code editor makes style elements, which bear the page's nonce and have the waves under errors as pictures inside,
and writes its lines with style attributes."""

TITLES = {"explorer": "BakeTrace Explorer", "trace": "Trace · BakeTrace"}

SHELL = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="nonce" nonce="{nonce}">
{links}
</head>
<body>
<div id="root"></div>
<noscript>This page needs JavaScript. The API at /graphql does not.</noscript>
</body>
</html>
"""

NOT_BUILT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>BakeTrace</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="{nonce}">
body {{ font: 16px/1.6 system-ui, sans-serif; color-scheme: light dark }}
body {{ max-width: 36rem; margin: 12vh auto; padding: 0 1.5rem }}
code {{ font-size: 1.05em; font-weight: 600 }}
</style>
</head>
<body>
<h1>The explorer is not built here</h1>
<p>The API at <code>/graphql</code> works without it. To build it, run <code>make explorer</code> in BakeTrace’s folder
and start the server again. It takes a minute, brings its own Node, and needs the PyPI and npm registries.</p>
</body>
</html>
"""


def page(assets: Assets | None, name: str) -> HTMLResponse:
    """The page of this name, or the one that says how to build it."""
    nonce = secrets.token_urlsafe(16)
    policy = POLICY if name == "trace" and assets is not None else POLICY | EDITOR_POLICY
    html = NOT_BUILT.format(nonce=nonce)
    if assets is not None:
        html = SHELL.format(title=TITLES[name], nonce=nonce, links="\n".join(_links(assets, name)))
    headers = {
        "Content-Security-Policy": "; ".join(f"{what} {where}" for what, where in policy.items()).format(nonce=nonce),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, headers=headers, status_code=200 if assets is not None else 503)


def _links(assets: Assets, name: str) -> list[str]:
    begun = assets.pages[name]
    links = [f'<link rel="stylesheet" href="{PREFIX}/{style}">' for style in begun.styles]
    links += [f'<link rel="modulepreload" href="{PREFIX}/{part}">' for part in begun.parts]
    links += [
        f'<link rel="icon" type="image/svg+xml" href="{PREFIX}/{icon}">'
        for icon in sorted(assets.names)
        if icon.startswith("icon-")
    ]
    return [*links, f'<script type="module" src="{PREFIX}/{begun.script}"></script>']

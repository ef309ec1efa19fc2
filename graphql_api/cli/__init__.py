"""The command line: `baketrace --help`.

What one command alone works with, it imports when it runs: a server is to be ready within seconds of its start, and
needs nothing of alembic, nor of the tables of currencies, the import and the demo.
"""

from __future__ import annotations

import typer

from graphql_api.cli import access, bakeries, copies, documents, proofs, serving

app = typer.Typer(
    help="Lot tracking and batch traceability for bakeries.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(serving.migrate)
app.command()(serving.serve)
app.command()(serving.demo)
app.command()(bakeries.token)
app.command("import")(bakeries.import_csv)
app.command()(proofs.check)
app.command()(copies.backup)
app.command()(copies.restore)
app.command()(serving.sdl)

bakery_commands = typer.Typer(help="Make bakeries and change their plan.", no_args_is_help=True)
bakery_commands.command("create")(bakeries.bakery_create)
bakery_commands.command("set-plan")(bakeries.bakery_set_plan)
app.add_typer(bakery_commands, name="bakery")

access_commands = typer.Typer(
    help="List and revoke what a bakery's people and partners sign in with.", no_args_is_help=True
)
access_commands.command("list")(access.access_list)
access_commands.command("revoke")(access.access_revoke)
app.add_typer(access_commands, name="access")

audit_commands = typer.Typer(help="Verify the audit log, and print what to publish of it.", no_args_is_help=True)
audit_commands.command("head")(proofs.audit_head)
audit_commands.command("verify")(proofs.audit_verify)
app.add_typer(audit_commands, name="audit")

document_commands = typer.Typer(
    help="Register the documents that apps send, list and remove them.", no_args_is_help=True
)
document_commands.command("add")(documents.documents_add)
document_commands.command("list")(documents.documents_list)
document_commands.command("remove")(documents.documents_remove)
app.add_typer(document_commands, name="documents")

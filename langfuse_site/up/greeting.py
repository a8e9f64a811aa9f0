"""What a newcomer needs in: the address, the login, the keys; the text that ends a start out."""

from langfuse_site.up.folder import Account

SNIPPET = """\
import time
from langfuse import Langfuse
langfuse = Langfuse(host="{url}", public_key="{public_key}", secret_key="{secret_key}")
trace = langfuse.trace(name="hello", user_id="me", session_id="first")
trace.generation(name="answer", model="gpt-4o", input="How many moons has Mars?",
                 output="Two.", usage={{"input": 12, "output": 3}})
langfuse.flush()
time.sleep(1)
print(langfuse.fetch_trace(trace.id).data.total_cost)"""
KEPT = "  (as first made: what was changed since, or existed before, keeps its own)"


def greeting(url: str, account: Account | None, *, grpc: str | None = None) -> str:
    """Return the last lines of a start; `grpc` is where OTLP over gRPC is taken, if anywhere."""
    lines = ["", f"Ready: {url}"]
    if grpc:
        lines += [f"  OTLP gRPC   {grpc}"]
    if account and account.email:
        lines += [f"  email       {account.email}", f"  password    {account.password}"]
    if account and account.public_key and account.secret_key:
        lines += [f"  public key  {account.public_key}", f"  secret key  {account.secret_key}", KEPT, ""]
        lines += ["Send a first trace, after `pip install langfuse==2.60.10`:", ""]
        lines += [SNIPPET.format(url=url, **_keys(account))]
    return "\n".join([*lines, "", "Ctrl-C stops everything.", ""])


def _keys(account: Account) -> dict[str, str]:
    return {"public_key": account.public_key, "secret_key": account.secret_key}

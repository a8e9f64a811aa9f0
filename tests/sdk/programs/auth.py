"""auth_check with the keys of the environment, and with a secret that is wrong."""

import json
import os

from langfuse import Langfuse

answer = {"right": Langfuse().auth_check()}
wrong = Langfuse(public_key=os.environ["LANGFUSE_PUBLIC_KEY"], secret_key="sk-lf-wrong")
try:
    answer["wrong"] = wrong.auth_check()
except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what its users see
    answer["wrong"] = [type(error).__name__, error.status_code]
print(json.dumps(answer))

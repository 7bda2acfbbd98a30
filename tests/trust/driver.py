# Asks the examples what each line of standard input asks, and answers on a line of its own.
import json
import sys

from shared_secret import is_from_worker
from verify import verify


def answer(question):
    if "secret" in question:
        return {"accepted": is_from_worker(question["secret"])}
    try:
        return {"accepted": True, "claims": verify(question["assertion"])}
    except Exception as error:
        return {"accepted": False, "because": repr(error)}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)

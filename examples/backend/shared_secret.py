import hmac
import os

accepted = [secret.encode() for secret in os.environ["ORIGIN_SECRETS"].split()]


def is_from_worker(sent):
    return any(hmac.compare_digest((sent or "").encode(), secret) for secret in accepted)

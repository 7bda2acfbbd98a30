import os
import jwt

issuer, audience = os.environ["PUBLIC_URL"], os.environ["AUDIENCE"]
keys = jwt.PyJWKClient(f"{issuer}/.well-known/drawbridge/jwks.json", headers={"User-Agent": "backend"}, timeout=5)
rules = {"algorithms": ["EdDSA"], "issuer": issuer, "audience": audience, "leeway": 5, "options": {"require": ["exp"]}}


def verify(assertion):
    return jwt.decode(assertion, keys.get_signing_key_from_jwt(assertion), **rules)

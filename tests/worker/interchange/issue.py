"""Runs another provider for one sign-in and tells what a successor gets from it.

    python issue.py SYSTEM FORM [SALT]

SYSTEM is oidcop or idpyoidc, whichever package this Python has. FORM is that of its
refresh tokens: sealed (its DefaultToken) or signed (its JWTToken, as both have it by
default). SALT is where that of subject identifiers comes from: made (by default), text
in the configuration, or one of their own, which no dump has. A client registers, a user
signs in with PKCE and the code is redeemed, all at the package's own endpoints. Printed
is what whoever runs that provider has to hand: the session dump, the client database,
the keys and both salts. "late" is a refresh token issued after the dump was written.
"""

import base64
import copy
import hashlib
import importlib
import json
import logging
import os
import sys
import tempfile

ISSUER = "https://old.example"
USER = "diana"
CALLBACK = "https://rp.example/callback"
SCOPE = ["openid", "profile", "email", "offline_access"]
ACR = "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword"
OWN_SALT = "a salt that only those know who mint subject identifiers"
VERIFIER = "a verifier that nobody could ever guess, of sixty characters"

METADATA = {
    "application_type": "web",
    "redirect_uris": [CALLBACK],
    "response_types": ["code"],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "client_secret_basic",
    # idpyoidc registers no client without keys; nothing here asks for them.
    "jwks_uri": "https://rp.example/jwks.json",
}

# The key file of the token handlers. It has to be there: oidcop seals with an empty
# password as long as it has made the keys itself and not read them.
KEY_FILE = "token_jwks.json"
TOKEN_KEYS = {
    "code": "Zm9yIGNvZGVzLCBvZiAyNCBieXRlcyEh",
    "refresh": "Zm9yIHJlZnJlc2ggdG9rZW5zLCAyNCEh",
}

# What codes and refresh tokens may be used for, and how long a grant lives.
GRANTS = {
    "usage_rules": {
        "authorization_code": {
            "supports_minting": ["access_token", "refresh_token", "id_token"],
            "max_usage": 1,
        },
        "access_token": {"expires_in": 3600},
        "refresh_token": {
            "supports_minting": ["access_token", "refresh_token", "id_token"],
            "expires_in": 86400,
        },
    },
    "expires_in": 43200,
}

# Where the two differ: where a configuration names classes, and which they are.
OIDCOP = {
    "package": "oidcop",
    "pkce": "oidcop.oidc.add_on.pkce.add_pkce_support",
    "context": "endpoint_context",
    "keys": "keys",
    "salt": lambda manager: manager.salt,
}
IDPYOIDC = {
    "package": "idpyoidc.server",
    "pkce": "idpyoidc.server.oauth2.add_on.pkce.add_support",
    "context": "context",
    "keys": "key_conf",
    "salt": lambda manager: str(manager.get_salt()),
}


def sessions(names, salt):
    """Seal session ids, and have a salt for subject identifiers."""
    made = {"keys": {"key_defs": symmetric_keys(["password", "salt"])}}
    text = {"password": "a password for session ids", "salt": "a salt for subjects"}
    parameters = text if salt == "text" else {"encrypter": {"kwargs": made}}
    if salt == "own":
        manager = names["package"] + ".session.manager"
        minter = {"class": f"{manager}.PublicID", "kwargs": {"salt": OWN_SALT}}
        parameters["sub_func"] = {"public": minter}
    return parameters


def symmetric_keys(kids):
    """Define keys that the package makes: one signs, all others encrypt."""
    return [
        {"type": "OCT", "use": ["sig" if kid == "sig" else "enc"], "kid": kid}
        for kid in kids
    ]


def written(key):
    """Write a key of 32 bytes, which Fernet has in base64url, as a dump does."""
    raw = base64.urlsafe_b64decode(key)
    return "BYTES:" + base64.b64encode(raw).decode()


def oidcop_refresh():
    """Have refresh tokens sealed with the key that is in the key file."""
    return {"kwargs": {"lifetime": 86400}}


def oidcop_keys(manager):
    """Tell the keys: passwords, in the key file and in the dump."""
    from oidcop.util import Crypt

    refresh = manager.token_handler["refresh_token"]
    sealed = type(refresh).__name__ == "DefaultToken"
    assert not sealed or refresh.crypt.key == Crypt(TOKEN_KEYS["refresh"]).key
    return {"refresh_token": TOKEN_KEYS["refresh"], "session": manager.key}


def idpyoidc_refresh():
    """Have refresh tokens sealed by a password: the key file is not used for it."""
    password = {"password": "a password for tokens", "salt": "a salt for tokens"}
    return {"kwargs": {"lifetime": 86400, "crypt_conf": {"kwargs": password}}}


def idpyoidc_keys(manager):
    """Tell the keys, which are derived from passwords and salts."""
    refresh = manager.token_handler["refresh_token"]
    sealed = type(refresh).__name__ == "DefaultToken"
    return {
        "refresh_token": written(refresh.crypt.key) if sealed else "none is sealed",
        "session": written(manager.crypt.key),
    }


SYSTEMS = {
    "oidcop": (OIDCOP, oidcop_refresh, oidcop_keys),
    "idpyoidc": (IDPYOIDC, idpyoidc_refresh, idpyoidc_keys),
}


def configuration(names, refresh, salt, folder):
    """Write a configuration as whoever runs the package does."""
    package = names["package"]
    signed = {"class": f"{package}.token.jwt_token.JWTToken"}
    endpoints = {
        "registration": ("oidc.registration.Registration", None),
        "registration_read": (
            "oidc.read_registration.RegistrationRead",
            ["bearer_header"],
        ),
        "authorization": ("oidc.authorization.Authorization", None),
        "token": ("oidc.token.Token", ["client_secret_basic"]),
        "userinfo": ("oidc.userinfo.UserInfo", ["bearer_header"]),
    }
    signing_keys = [
        {"type": "RSA", "use": ["sig"]},
        {"type": "EC", "crv": "P-256", "use": ["sig"]},
    ]
    supported = {
        "response_types_supported": ["code"],
        "grant_types_supported": METADATA["grant_types"],
        "subject_types_supported": ["public", "pairwise"],
        "scopes_supported": SCOPE,
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }
    return {
        "issuer": ISSUER,
        "httpc_params": {"verify": False},
        "capabilities": supported,
        "preference": supported,
        names["keys"]: {"key_defs": signing_keys, "uri_path": "jwks.json"},
        "token_handler_args": {
            "jwks_def": {
                "private_path": os.path.join(folder, KEY_FILE),
                "key_defs": [
                    {"type": "oct", "bytes": 24, "use": ["enc"], "kid": kid}
                    for kid in TOKEN_KEYS
                ],
            },
            "code": {"kwargs": {"lifetime": 600}},
            "token": {**signed, "kwargs": {"lifetime": 3600}},
            "refresh": refresh or {**signed, "kwargs": {"lifetime": 86400}},
            "id_token": {"class": f"{package}.token.id_token.IDToken", "kwargs": {}},
        },
        "session_params": sessions(names, salt),
        "endpoint": {
            name: {
                "path": name,
                "class": f"{package}.{where}",
                "kwargs": {"client_authn_method": methods},
            }
            for name, (where, methods) in endpoints.items()
        },
        "add_on": {"pkce": {"function": names["pkce"], "kwargs": {}}},
        "authz": {
            "class": f"{package}.authz.AuthzHandling",
            "kwargs": {"grant_config": GRANTS},
        },
        "authentication": {
            "anyone": {
                "acr": ACR,
                "class": f"{package}.user_authn.user.NoAuthn",
                "kwargs": {"user": USER},
            }
        },
        "userinfo": {
            "class": f"{package}.user_info.UserInfo",
            "kwargs": {"db": {USER: {"email": "diana@example.org"}}},
        },
        "cookie_handler": {
            "class": f"{package}.cookie_handler.CookieHandler",
            "kwargs": {"keys": {"key_defs": symmetric_keys(["enc", "sig"])}},
        },
        "template_dir": folder,
        "claims_interface": {
            "class": f"{package}.session.claims.ClaimsInterface",
            "kwargs": {},
        },
    }


def write_keys(folder):
    """Leave the key file as an earlier start of the package has left it."""
    common = {"kty": "oct", "use": "enc"}
    keys = [{**common, "kid": kid, "k": key} for kid, key in TOKEN_KEYS.items()]
    with open(os.path.join(folder, KEY_FILE), "w", encoding="utf-8") as file:
        json.dump({"keys": keys}, file)


class Provider:
    """The other provider, and a client of it."""

    def __init__(self, names, conf, folder):
        """Start it as its own server does."""
        module = importlib.import_module(names["package"] + ".configure")
        conf = module.OPConfiguration(conf, base_path=folder)
        if names is OIDCOP:
            from oidcop.server import Server
        else:
            from idpyoidc.server import Server
        server = Server(conf, cwd=folder)
        self.endpoint = server.endpoint
        self.context = getattr(server, names["context"])
        self.manager = self.context.session_manager

    def ask(self, name, request, http_info=None):
        """Send an endpoint a request; tell what it answers with."""
        endpoint = self.endpoint[name]
        parsed = endpoint.parse_request(request, http_info=http_info)
        answer = endpoint.process_request(parsed, http_info=http_info)
        assert "error" not in answer and "response_args" in answer, answer
        return answer["response_args"]

    def register(self):
        """Register the client."""
        return self.ask("registration", json.dumps(METADATA))

    def authorize(self, client):
        """Have the user sign in and the client get a code."""
        challenge = hashlib.sha256(VERIFIER.encode()).digest()
        request = {
            "client_id": client["client_id"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": " ".join(SCOPE),
            "state": "a state of the client's",
            "nonce": "a nonce of the client's",
            "prompt": "consent",
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return self.ask("authorization", request)["code"]

    def redeem(self, client, code):
        """Have the client redeem its code."""
        pair = f"{client['client_id']}:{client['client_secret']}".encode()
        basic = "Basic " + base64.b64encode(pair).decode()
        request = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        headers = {"headers": {"authorization": basic}}
        return self.ask("token", request, http_info=headers)


def main(system, form, salt="made"):
    """Print what there is when one user has signed in at one client."""
    logging.disable(logging.CRITICAL)
    names, sealed, keys = SYSTEMS[system]
    with tempfile.TemporaryDirectory() as folder:
        write_keys(folder)
        refresh = sealed() if form == "sealed" else None
        conf = configuration(names, refresh, salt, folder)
        provider = Provider(names, conf, folder)
        client = provider.register()
        tokens = provider.redeem(client, provider.authorize(client))
        manager = provider.manager
        told = {
            # Now: what oidcop dumps are lists that go on changing.
            "dump": copy.deepcopy(manager.dump()),
            "clients": dict(provider.context.cdb),
            "keys": keys(manager),
            "refresh_token": tokens["refresh_token"],
            "user": USER,
            "client_id": client["client_id"],
        }
        session = manager.get_session_info_by_token(tokens["refresh_token"], grant=True)
        told["sub"] = session["grant"].sub
        told["dumped_salt"] = names["salt"](manager)
        told["salt"] = OWN_SALT if salt == "own" else told["dumped_salt"]
        later = provider.redeem(client, provider.authorize(client))
        told["late"] = later["refresh_token"]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])

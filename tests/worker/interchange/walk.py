"""Loads a session dump with another provider's session manager and tells what it sees.

    python walk.py SYSTEM [TIME] <dump.json

SYSTEM is oidcop or idpyoidc, whichever package this Python has. What is active is so
at TIME, in seconds since 1970 (default: now). All that is printed has been read through
the package's own methods, so it is what the package would act on.
"""

import importlib
import json
import sys


def oidcop_manager(module):
    """Make a session manager that mints nothing: loading asks for no token handlers."""
    from oidcop.token.handler import TokenHandler

    return module.SessionManager(TokenHandler())


def idpyoidc_manager(module):
    """Make one too; it asks its surroundings only for a folder to keep keys in."""
    return module.SessionManager({}, upstream_get=lambda *_: "")


# Where the two differ: the module, how a manager is made, what nodes call their ids.
SYSTEMS = {
    "oidcop": (
        "oidcop.session.manager",
        oidcop_manager,
        {"user": "user_id", "client": "client_id"},
    ),
    "idpyoidc": (
        "idpyoidc.server.session.manager",
        idpyoidc_manager,
        {"user": "id", "client": "id"},
    ),
}

# What is told of an authorization request, and what a token may be asked to mint.
REQUEST = ["client_id", "redirect_uri", "scope", "response_type", "state", "nonce"]
MINTED = ["access_token", "refresh_token", "id_token"]


class Walk:
    """One way down a loaded dump: user, client, grant, token."""

    def __init__(self, manager, ids, now):
        self.manager = manager
        self.ids = ids
        self.now = now
        self.reached = set()

    def node(self, *path):
        """Get the node at a path, and remember that something leads there."""
        self.reached.add(self.manager.session_key(*path))
        return self.manager.get(list(path))

    def below(self, node):
        """Name what a node has below it: oidcop keeps names there, idpyoidc keys."""
        return [self.manager.unpack_session_key(key)[-1] for key in node.subordinate]

    def users(self, user_class):
        """Tell all users that there are."""
        return [
            self.user(key)
            for key, node in self.manager.db.items()
            if isinstance(node, user_class)
        ]

    def user(self, user_id):
        """Tell a user and the clients below."""
        info = self.node(user_id)
        return {
            "id": getattr(info, self.ids["user"]),
            "revoked": info.is_revoked(),
            "clients": [self.client(user_id, name) for name in self.below(info)],
        }

    def client(self, user_id, client_id):
        """Tell a client session and the grants below."""
        info = self.node(user_id, client_id)
        return {
            "id": getattr(info, self.ids["client"]),
            "revoked": info.is_revoked(),
            "grants": [
                self.grant(user_id, client_id, name) for name in self.below(info)
            ],
        }

    def grant(self, *path):
        """Tell a grant and its tokens, found by a session id as endpoints find them."""
        node = self.node(*path)
        session_id = self.manager.encrypted_session_id(*path)
        grant = self.manager.get_grant(session_id)
        event = self.manager.get_authentication_event(session_id)
        request = self.manager.get_authorization_request(session_id)
        assert grant is node
        assert self.manager.get_user_session_info(session_id) is self.node(path[0])
        assert self.manager.get_client_session_info(session_id) is self.node(*path[:2])
        assert event in self.manager.get_authentication_events(session_id=session_id)
        return {
            # The grants that the packages load do not know their ids; the path does.
            "id": self.manager.decrypt_session_id(session_id)[-1],
            "class": type(grant).__name__,
            "sub": grant.sub,
            "scope": grant.scope,
            "issued_at": grant.issued_at,
            "expires_at": grant.expires_at,
            "revoked": grant.revoked,
            "used": grant.used,
            "active": grant.is_active(self.now),
            "usage_rules": grant.usage_rules,
            "claims": grant.claims,
            "resources": grant.resources,
            "authentication_event": {
                "class": type(event).__name__,
                "valid": event.is_valid(self.now),
                **event.to_dict(),
            },
            "authorization_request": {
                "class": type(request).__name__,
                **{name: request.get(name) for name in REQUEST},
            },
            "tokens": [
                self.token(session_id, token.value) for token in grant.issued_token
            ],
        }

    def token(self, session_id, value):
        """Tell a token, found by its value as the token endpoint finds it."""
        token = self.manager.find_token(session_id, value)
        assert token is self.manager.get_grant(session_id).get_token(value)
        return {
            "id": token.id,
            "class": type(token).__name__,
            "token_class": token.token_class,
            "value": token.value,
            "based_on": token.based_on,
            "scope": token.scope,
            "issued_at": token.issued_at,
            "expires_at": token.expires_at,
            "revoked": token.revoked,
            "used": token.used,
            "max_usage_reached": token.max_usage_reached(),
            "active": token.is_active(self.now),
            "mints": [name for name in MINTED if token.supports_minting(name)],
        }


def main(system, now=0):
    """Print what the package sees, what nothing leads to, and its dump of it all."""
    name, make, ids = SYSTEMS[system]
    module = importlib.import_module(name)
    manager = make(module).load(json.load(sys.stdin))
    walk = Walk(manager, ids, int(now))
    users = walk.users(module.UserSessionInfo)
    unreached = [key for key in manager.db.keys() if key not in walk.reached]
    json.dump(
        {"users": users, "unreached": unreached, "dumped": manager.dump()}, sys.stdout
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

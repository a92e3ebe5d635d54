"""Signing in and out, and who one is."""

from datetime import datetime

from litestar import Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from schemas.accounts import Me, Membership, Session, SignIn
from service.auth import bearer_token, client_address
from service.domain.permissions import Actor
from service.routes import examples
from service.routes.dependencies import AnyRequest
from service.routes.openapi import FORM, answers, operation
from service.workflows import accounts
from service.workflows.context import Context


@post(
    "/sessions",
    summary="Sign in",
    responses=answers(*FORM, "session.credentials_wrong", "session.too_many_attempts", signed_in=False),
    security=[{}],
    operation_class=operation(examples={201: examples.SESSION}),
)
async def sign_in(
    data: JSONBody[SignIn], request: AnyRequest, context: NamedDependency[Context], now: NamedDependency[datetime]
) -> Session:
    """Gives a token for `Authorization: Bearer`. Failures are counted by account and by address."""
    address = client_address(request, request.app.state.trusted_proxies)
    return await accounts.sign_in(context, account=data.account, password=data.password, address=address, now=now)


@delete("/sessions/current", summary="Sign out", responses=answers())
async def sign_out(request: AnyRequest, context: NamedDependency[Context], actor: NamedDependency[Actor]) -> None:
    """Ends the session of the token that is sent."""
    await accounts.sign_out(context, bearer_token(request))


@get("/me", summary="Who am I", responses=answers(), operation_class=operation(examples={200: examples.ME}))
async def me(context: NamedDependency[Context], actor: NamedDependency[Actor]) -> Me:
    """The signed-in person with roles, permissions and the organizations they cover."""
    codes = await accounts.organization_codes(context, {item for grant in actor.grants for item in grant.organizations})
    return Me(
        account=actor.account,
        name=actor.name,
        memberships=[
            Membership(
                role=grant.role,
                permissions=sorted(grant.permissions),
                organizations=sorted(codes[item] for item in grant.organizations),
            )
            for grant in actor.grants
        ],
    )


router = Router("/", route_handlers=[sign_in, sign_out, me], tags=["Sessions"])

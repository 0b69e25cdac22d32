"""HTTP of the console. Every page but the login needs an officer, who sees his own discom and no other."""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from libs.kit.database import Pool, is_transient
from libs.kit.logs import log
from libs.kit.parking import signature
from libs.schemas.discom import Discom
from libs.schemas.messages import Language
from services.complaints import store
from services.complaints.console import lists
from services.complaints.console.actions import LONGEST, act, read
from services.complaints.console.officers import Officer, Officers, Throttle
from services.complaints.console.pages import HEADERS, STYLE, Pages
from services.complaints.console.sessions import Session, Sessions
from services.complaints.domain import CATEGORIES

COOKIE, LANGUAGE = "session", "language"
YEAR = 365 * 86_400
MOST_BYTES = 16_384
"""Of a form; the longest holds one note."""
NOTHING_TYPED: Mapping[str, str] = {}
Field = Annotated[str, Form()]


class Denied(Exception):
    """No page for this request; carries what is said instead."""

    def __init__(self, status: int, key: str) -> None:
        self.status, self.key = status, key


class Console:
    """The pages, over one database per discom."""

    def __init__(
        self,
        discoms: Mapping[str, Discom],
        pools: Mapping[str, Pool],
        officers: Officers,
        sessions: Sessions,
        secure: bool,
    ) -> None:
        self._discoms, self._pools = discoms, pools
        self._officers, self._sessions, self._secure = officers, sessions, secure
        self._throttle, self._pages = Throttle(), Pages()

    def app(self) -> FastAPI:
        """The ASGI application."""
        app = FastAPI(openapi_url=None)
        app.middleware("http")(self._guard)
        routes: tuple[tuple[str, str, Callable[..., Awaitable[Response]]], ...] = (
            ("GET", "/login", self.login_form),
            ("POST", "/login", self.login),
            ("POST", "/logout", self.logout),
            ("GET", "/language/{code}", self.choose_language),
            ("GET", "/style.css", self.style),
            ("GET", "/", self.index),
            ("GET", "/find", self.find),
            ("GET", "/complaints/{number}", self.complaint),
            ("POST", "/complaints/{number}", self.do),
        )
        for method, path, page in routes:
            app.add_api_route(path, page, methods=[method], response_model=None)
        return app

    async def _guard(self, request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        """Security headers on everything; troubles become a page that says what to do."""
        try:
            length = request.headers.get("content-length", "" if request.method == "POST" else "0")
            if not length.isdecimal() or int(length) > MOST_BYTES:
                raise Denied(413, "error.too_long")
            response = await call(request)
        except Denied as denied:
            response = self._message(request, denied.status, denied.key)
        except Exception as error:
            if not is_transient(error):
                log.error("console.failed", error=signature(error))
            response = self._message(request, 503 if is_transient(error) else 500, "error.later")
        if response.status_code == 404 and not isinstance(response, HTMLResponse):
            response = self._message(request, 404, "error.unknown")
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    # ---- entering and leaving

    async def login_form(self, request: Request) -> Response:
        session = self._session(request) or self._sessions.start(time.time())
        return self._with_cookie(self._page(request, session, "login.html", failed=""), session)

    async def login(self, request: Request, token: Field = "", login: Field = "", password: Field = "") -> Response:
        session = self._checked(request, token)
        keys = [f"login {login[:64]}", f"address {request.client.host if request.client else ''}"]
        if self._throttle.closed(keys, time.monotonic()):
            return self._page(request, session, "login.html", 429, failed="login.wait")
        officer = self._officers.enter(login, password)
        if officer is None:
            self._throttle.failed(keys, time.monotonic())
            log.warning("console.login_failed")
            return self._page(request, session, "login.html", 403, failed="login.failed")
        log.info("console.entered", discom=officer.discom)
        return self._with_cookie(RedirectResponse("/", 303), self._sessions.start(time.time(), officer.login))

    async def logout(self, request: Request, token: Field = "") -> Response:
        self._checked(request, token)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE)
        return response

    async def choose_language(self, code: str) -> Response:
        response = RedirectResponse("/", 303)
        known = "en" if code == "en" else "hi"
        response.set_cookie(LANGUAGE, known, max_age=YEAR, samesite="strict", httponly=True, secure=self._secure)
        return response

    async def style(self) -> Response:
        return Response(STYLE, media_type="text/css", headers={"cache-control": "max-age=3600"})

    # ---- lists

    async def index(
        self,
        request: Request,
        view: str = "todo",
        category: str = "",
        area: str = "",
        status: str = "",
        after: str = "",
    ) -> Response:
        session, officer = self._officer(request)
        name = view if view in lists.VIEWS else "todo"
        chosen = {"category": category, "area": area, "status": status}
        async with self._pool(officer).acquire() as connection:
            page = await lists.page(connection, name, chosen, after)
            counts = await lists.counts(connection)
        return self._page(
            request, session, "list.html", officer=officer, view=name, views=lists.VIEWS, chosen=chosen, page=page,
            counts=counts, most=lists.MOST_COUNTED, categories=CATEGORIES, now=datetime.now(UTC), first=not after,
        )  # fmt: skip

    async def find(self, request: Request, number: str = "") -> Response:
        self._officer(request)
        digits = "".join(character for character in number.upper() if character.isascii() and character.isalnum())
        return RedirectResponse(f"/complaints/{digits or '-'}", 303)

    # ---- one complaint

    async def complaint(self, request: Request, number: str, said: str = "") -> Response:
        session, officer = self._officer(request)
        return await self._complaint(request, session, officer, number, said if said == "done" else "")

    async def do(
        self, request: Request, number: str, token: Field = "", action: Field = "", id: Field = "", version: Field = "",
        text: Field = "",
    ) -> Response:  # fmt: skip
        session, officer = self._officer(request)
        self._checked(request, token)
        form = read(action, id, version, text)
        if form is None:
            raise Denied(400, "error.form")
        outcome = await act(self._pool(officer), officer.discom, number, officer.login, form, datetime.now(UTC))
        if outcome == "unknown":
            raise Denied(404, "error.unknown")
        if outcome == "done":
            log.info("console.acted", discom=officer.discom, action=form.action)
            return RedirectResponse(f"/complaints/{number}?said=done", 303)
        # what was typed is not lost
        return await self._complaint(request, session, officer, number, outcome, {form.action: text}, 409)

    async def _complaint(
        self,
        request: Request,
        session: Session,
        officer: Officer,
        number: str,
        said: str,
        typed: Mapping[str, str] = NOTHING_TYPED,
        status: int = 200,
    ) -> Response:
        async with self._pool(officer).acquire() as connection:
            found = await store.one(connection, number)
            if found is None:
                raise Denied(404, "error.unknown")
            history = await lists.history(connection, number)
        return self._page(
            request, session, "complaint.html", status, officer=officer, complaint=found, history=history, said=said,
            typed=typed, action=uuid4(), longest=LONGEST, now=datetime.now(UTC),
        )  # fmt: skip

    # ---- what all pages need

    def _session(self, request: Request) -> Session | None:
        return self._sessions.read(request.cookies.get(COOKIE, ""), time.time())

    def _officer(self, request: Request) -> tuple[Session, Officer]:
        session = self._session(request)
        officer = self._officers.find(session.login) if session and session.login else None
        if session is None or officer is None:
            raise Denied(303, "login")
        return session, officer

    def _checked(self, request: Request, token: str) -> Session:
        """The session of a form that this session was given."""
        session = self._session(request)
        if session is None or not self._sessions.is_token(session, token):
            raise Denied(403, "error.form")
        return session

    def _pool(self, officer: Officer) -> Pool:
        if (pool := self._pools.get(officer.discom)) is None:
            raise Denied(503, "error.later")
        return pool

    def _page(self, request: Request, session: Session, template: str, status: int = 200, **facts: Any) -> HTMLResponse:
        language = self._language(request)
        officer: Officer | None = facts.setdefault("officer", None)
        discom = self._discoms[officer.discom].short_name.in_(language) if officer else ""
        body = self._pages.render(template, language, token=self._sessions.token(session), discom=discom, **facts)
        return HTMLResponse(body, status)

    def _message(self, request: Request, status: int, key: str) -> Response:
        if status == 303:
            return RedirectResponse("/login", 303)
        body = self._pages.render("message.html", self._language(request), key=key, officer=None, discom="", token="")
        return HTMLResponse(body, status)

    def _language(self, request: Request) -> Language:
        return "en" if request.cookies.get(LANGUAGE) == "en" else "hi"

    def _with_cookie(self, response: Response, session: Session) -> Response:
        response.set_cookie(
            COOKIE, self._sessions.write(session), httponly=True, samesite="strict", secure=self._secure
        )
        return response

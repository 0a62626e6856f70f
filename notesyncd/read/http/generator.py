"""A model behind a server as a generator: asked once what it can do, then once for each picture."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version

from notesyncd.api import ConfigError, ReaderId
from notesyncd.read.generation import Answer, GeneratorFacts, LogprobKind, Question
from notesyncd.read.guards.loops import LoopWatch
from notesyncd.read.http.allowance import Allowance
from notesyncd.read.http.answer import Incoming, Received
from notesyncd.read.http.connection import Connection, NoAnswer, Patience
from notesyncd.read.http.easing import ask_eased
from notesyncd.read.http.form import Form
from notesyncd.read.http.locality import Endpoint
from notesyncd.read.http.models import kind_of, only_model, served
from notesyncd.read.http.presets import UNKNOWN, Preset, preset_of
from notesyncd.read.http.probe import ServerAbilities, probe
from notesyncd.read.http.refusals import Refused, error_of
from notesyncd.read.http.settings import HttpSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    model: str
    abilities: ServerAbilities


class HttpGenerator:
    """A model behind one OpenAI-compatible server. ``generate`` may be called from many threads."""

    def __init__(self, settings: HttpSettings, place: Endpoint, allowance: Allowance | None) -> None:
        """Ask nothing yet.

        Args:
            place: where the server stands.
            allowance: counts the pages that are sent, where they are limited.
        """
        self._settings = settings
        self._place = place
        self._allowance = allowance
        key = settings.api_key.get_secret_value() if settings.api_key else None
        patience = Patience(
            connect=settings.connect_seconds,
            first_token=settings.first_token_seconds,
            between_tokens=settings.between_tokens_seconds,
        )
        self._connection = Connection(place, key=key, patience=patience)
        self._lock = threading.Lock()
        self._known: _Known | None = None

    def facts(self) -> GeneratorFacts:
        """Name server and model; asks the server for what it can do, where that is not known.

        Raises:
            NotesyncdError: by what to do next, where it can't be asked.
        """
        known = self._knowledge()
        form, abilities = known.abilities.form, known.abilities
        settings = {
            "penalty": form.penalty or "none",
            "preset": form.preset.name,
            "server": "loopback" if self._place.here else self._place.host,
            "thinking": "on" if abilities.thinks else "off",
            **{f"extra.{name}": str(value) for name, value in self._settings.extra.items()},
        }
        if form.refused:
            settings["left_out"] = " ".join(sorted(form.refused))
        identity = ReaderId(
            name="http",
            version=abilities.fingerprint or "unknown",
            model=known.model,
            device="server",
            settings=tuple(sorted(settings.items())),
        )
        return GeneratorFacts(identity=identity, packages=(("httpx", version("httpx")),))

    def abilities(self) -> ServerAbilities:
        """Return what the server can do; asks it, where that is not known.

        Raises:
            NotesyncdError: by what to do next, where it can't be asked.
        """
        return self._knowledge().abilities

    def generate(self, question: Question) -> Answer:
        """Ask about a picture, and stop the answer where it runs in a loop.

        Raises:
            TransientError: if the server can't be asked now, or the pages of the day are used up.
            AuthError: if it wants another key.
            UnreadableScan: if it refuses this picture.
            NotesyncdError: by what to do next.
        """
        if self._allowance is not None:
            self._allowance.check()
        known = self._knowledge()

        def ask(form: Form) -> Received:
            if self._allowance is not None:
                self._allowance.take()
            body = form.body(known.model, question, self._settings.extra)
            return self._connection.ask(body, self._incoming(question, LoopWatch()))

        try:
            received, form = ask_eased(ask, known.abilities.form, question)
        except Refused as refused:
            raise error_of(refused.refusal, server=self._connection.server, model=known.model) from None
        except NoAnswer:
            self._forget(known)  # it may come back as another one
            raise
        if form != known.abilities.form:
            self._remember(known, form)
        return _answer(received, form, question)

    def close(self) -> None:
        """End what is under way; harmless when called twice."""
        self._connection.close()

    def _knowledge(self) -> _Known:
        with self._lock:
            if self._known is None:
                self._known = self._found_out()
            return self._known

    def _found_out(self) -> _Known:
        preset, model = self._kind_and_model()
        try:
            abilities = probe(partial(self._probe, model), Form(preset=preset))
        except Refused as refused:
            raise error_of(refused.refusal, server=self._connection.server, model=model, probing=True) from None
        if abilities.sees is False:
            raise ConfigError(
                f"the model {model!r} of {self._connection.server} does not look at pictures; serve a vision model "
                "(llama.cpp: with --mmproj)"
            )
        return _Known(model=model, abilities=abilities)

    def _kind_and_model(self) -> tuple[Preset, str]:
        preset, model = preset_of(self._settings.preset, self._place.host), self._settings.model
        if preset is not None and model is not None:
            return preset, model
        if preset is not None and preset.hosted:
            raise ConfigError(f"{self._connection.server} serves many models; set model under [read.http]")
        try:
            listed = self._connection.list_models(seconds=self._settings.connect_seconds)
        except Refused as refused:
            if model is not None and refused.refusal.status in (404, 405):  # it has no such list
                return preset or UNKNOWN, model
            raise error_of(refused.refusal, server=self._connection.server, model=model or "") from None
        models = served(listed, server=self._connection.server)
        return preset or kind_of(models), model or only_model(models, server=self._connection.server).name

    def _probe(self, model: str, form: Form, question: Question, *, picture: bool = True) -> Received:
        body = form.body(model, question, self._settings.extra, picture=picture)
        return self._connection.ask(body, self._incoming(question, None))

    def _incoming(self, question: Question, watch: LoopWatch | None) -> Incoming:
        return Incoming(
            server=self._connection.server,
            most_tokens=question.decoding.max_tokens,
            loops=watch.feed if watch is not None else lambda _piece: False,
            secrets=self._connection.secrets,
        )

    def _remember(self, known: _Known, form: Form) -> None:
        with self._lock:
            if self._known is known:
                self._known = replace(known, abilities=replace(known.abilities, form=form))

    def _forget(self, known: _Known) -> None:
        with self._lock:
            if self._known is known:
                self._known = None


def _answer(received: Received, form: Form, question: Question) -> Answer:
    kind: LogprobKind = "none"
    if received.tokens is not None:
        kind = "penalised" if form.penalised(question) and not form.preset.raw_logprobs else "raw"
    return Answer(
        text=received.text,
        tokens=received.tokens,
        ended=received.ended,
        logprobs=kind,
        thinking=received.thinking,
        prompt_tokens=received.prompt_tokens,
    )

"""What a server refuses is left out, as long as that is what it minds."""

from __future__ import annotations

import pytest

from notesyncd.read.http.answer import Received
from notesyncd.read.http.easing import ask_eased
from notesyncd.read.http.form import Form
from notesyncd.read.http.presets import UNKNOWN
from notesyncd.read.http.refusals import Refusal, Refused
from tests.servers.asking import question

ANSWER = Received(text="milk", tokens=None, ended="stop")
FORM = Form(preset=UNKNOWN)


class Server:
    """Refuses one question after the other, then answers."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = list(refusals)
        self.forms: list[Form] = []

    def __call__(self, form: Form) -> Received:
        self.forms.append(form)
        if self.refusals:
            raise Refused(self.refusals.pop(0))
        return ANSWER


def refusal(message: str, status: int = 400) -> Refusal:
    return Refusal(status=status, message=message, explained=True)


def test_named_fields_go_one_after_the_other() -> None:
    server = Server(refusal("no temperature"), refusal("no stream_options"), refusal("no logprobs"))

    answer, form = ask_eased(server, FORM, question())

    assert answer is ANSWER
    assert form.refused == {"temperature", "stream_options", "logprobs", "top_logprobs"}


@pytest.mark.parametrize("status", [429, 500, 401, 404])
@pytest.mark.parametrize("exploring", [True, False])
def test_a_server_that_does_not_mind_the_form_keeps_its_form(status: int, exploring: bool) -> None:
    server = Server(refusal("rate limit for max_tokens of image_url reached", status))

    with pytest.raises(Refused):
        ask_eased(server, FORM, question(), exploring=exploring)
    assert len(server.forms) == 1


def test_a_page_is_not_sent_again_on_a_guess() -> None:
    server = Server(refusal("the image can't be decoded"))

    with pytest.raises(Refused):
        ask_eased(server, FORM, question())
    assert len(server.forms) == 1


def test_while_exploring_guesses_are_made_and_the_first_complaint_is_kept() -> None:
    server = Server(*(refusal(f"complaint {number}") for number in range(9)))

    with pytest.raises(Refused, match="complaint 0"):
        ask_eased(server, FORM, question(), exploring=True)
    assert [form.picture for form in server.forms] == ["object", "object", "string"]
    assert server.forms[1].optional(question()) == {}


def test_a_complaint_that_repeats_itself_ends() -> None:
    server = Server(*(refusal("no temperature") for _ in range(9)))

    with pytest.raises(Refused):
        ask_eased(server, FORM, question())
    assert len(server.forms) == 2

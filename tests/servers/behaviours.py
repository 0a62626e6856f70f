"""How servers behave, well and badly: each takes a question and sends what such a server would."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from notesyncd.read.http.probe import PROBE_WORD
from tests.servers.reply import Reply, chunk, entry, tokens_of, usage

TEXT = "Shopping for the weekend\nmilk, bread and butter\ncall Ann about the bicycle"
JAPANESE = "牛乳とパンを買う\n鷗外の本を返す"
GERMAN = "Einkaufen für das Wochenende\nMilch, Brot und Butter\nAnn wegen des Fahrrads anrufen"
SECRET_OF_THE_PAGE = "meet Eve at the old mill"
PROMPT_TOKENS, PICTURE_TOKENS = 30, 32

Behaviour = Callable[[Any, Reply], None]
BEHAVIOURS: dict[str, Behaviour] = {}
FROM_THE_START: set[str] = set()


def behaviour(function: Behaviour) -> Behaviour:
    BEHAVIOURS[function.__name__] = function
    return function


def from_the_start(function: Behaviour) -> Behaviour:
    """It concerns what a probe finds out, so the probe meets it, too."""
    FROM_THE_START.add(function.__name__)
    return behaviour(function)


def limit(asked: Any, *names: str) -> int:
    names = names or ("max_tokens", "max_completion_tokens")
    return next((asked.body[name] for name in names if name in asked.body), 10_000)


def prompt_tokens(asked: Any) -> int:
    return PROMPT_TOKENS + (PICTURE_TOKENS if asked.picture_form else 0)


def said(asked: Any, text: str) -> str:
    return f"{PROBE_WORD} " * 40 if asked.is_probe else text


def stream(
    asked: Any, reply: Reply, text: str, *, most: int | None = None, logprobs: bool = True, **options: Any
) -> None:
    """Send a text as a good server does: token by token, with what was asked for, counts last."""
    tokens = tokens_of(text)
    most = limit(asked) if most is None else most
    wanted = logprobs and asked.body.get("logprobs", False)
    reply.begin()
    reply.event(chunk(None, role="assistant"))
    for number, token in enumerate(tokens[:most]):
        others = bool(asked.body.get("top_logprobs"))
        entries = [entry(token, -0.05 * (1 + number % 3), others=others)] if wanted else None
        reply.event(chunk(token, entries=entries))
    reply.event(chunk("", reason="length" if len(tokens) > most else options.get("reason", "stop")))
    if asked.body.get("stream_options", {}).get("include_usage"):
        reply.event(usage(prompt_tokens(asked), min(most, len(tokens))))
    reply.end()


def reads_the_probe(asked: Any, reply: Reply) -> None:
    stream(asked, reply, said(asked, ""))


# ---------------------------------------------------------------------------------------------------------------- well


@behaviour
def reads(asked: Any, reply: Reply) -> None:
    stream(asked, reply, said(asked, TEXT))


@from_the_start
def takes_string_pictures_only(asked: Any, reply: Reply) -> None:
    if asked.picture_form == "object":
        fault = {"loc": ["body", "messages", 0, "content", 0, "image_url"], "msg": "Input should be a valid string"}
        reply.json(422, {"detail": [{**fault, "input": {"url": "data:image/png;base64," + "A" * 5000}}]})
    else:
        stream(asked, reply, said(asked, TEXT))


@from_the_start
def takes_object_pictures_only(asked: Any, reply: Reply) -> None:
    if asked.picture_form == "string":
        reply.json(422, {"detail": [{"loc": ["body", "messages", 0, "content"], "msg": "Input should be an object"}]})
    else:
        stream(asked, reply, said(asked, TEXT))


@from_the_start
def rejects_max_tokens(asked: Any, reply: Reply) -> None:
    if "max_tokens" in asked.body:
        message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        reply.json(400, {"error": {"message": message, "param": "max_tokens", "code": "unsupported_parameter"}})
    else:
        stream(asked, reply, said(asked, TEXT))


@from_the_start
def ignores_max_tokens(asked: Any, reply: Reply) -> None:
    stream(asked, reply, said(asked, TEXT), most=limit(asked, "max_completion_tokens"))


@from_the_start
def ignores_every_limit(asked: Any, reply: Reply) -> None:
    stream(asked, reply, said(asked, TEXT), most=10_000)


@from_the_start
def rejects_what_is_not_needed(asked: Any, reply: Reply) -> None:
    """It says that it minds something, and not what."""
    if set(asked.body) > {"model", "messages", "stream"}:
        reply.json(400, {"error": {"message": "Bad request"}})
    else:
        stream(asked, reply, said(asked, TEXT))


@from_the_start
def rejects_logprobs(asked: Any, reply: Reply) -> None:
    if "logprobs" in asked.body:
        reply.json(400, [{"error": {"code": 400, "message": "Logprobs is not enabled for models/this-one"}}])
    else:
        stream(asked, reply, said(asked, TEXT))


@from_the_start
def rejects_temperature(asked: Any, reply: Reply) -> None:
    if "temperature" in asked.body:
        reply.json(400, {"error": {"message": "Unsupported value: 'temperature' does not support 0 with this model."}})
    else:
        stream(asked, reply, said(asked, TEXT))


@behaviour
def rejects_a_penalty(asked: Any, reply: Reply) -> None:
    """It does so only where one is sent, which a probe does not do."""
    if asked.body.get("repetition_penalty", 1.0) != 1.0:
        reply.json(400, {"error": {"message": "unknown field repetition_penalty"}})
    else:
        stream(asked, reply, said(asked, TEXT))


@behaviour
def answers_in_one_object(asked: Any, reply: Reply) -> None:
    entries = [entry(token, -0.1) for token in tokens_of(TEXT)]
    choice = {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
    reply.json(200, {"choices": [{**choice, "logprobs": {"content": entries}}], "usage": {"prompt_tokens": 62}})


@behaviour
def reads_japanese(asked: Any, reply: Reply) -> None:
    """One rare character comes as two tokens, whose bytes are honest."""
    reply.begin()
    for character in JAPANESE:
        data = character.encode()
        pieces = [data[:2], data[2:]] if character == "鷗" else [data]
        for number, piece in enumerate(pieces, start=1):
            text = character if number == len(pieces) else ""
            token = piece.decode("utf-8", "replace")
            reply.event(chunk(text, entries=[entry(token, -0.2, data=piece)]))
    reply.event(chunk("", reason="stop"))
    reply.end()


@behaviour
def reads_japanese_in_broken_tokens(asked: Any, reply: Reply) -> None:
    """As mlx_vlm.server does: each token is decoded for itself, bytes included."""
    reply.begin()
    for character in JAPANESE:
        pieces = ["\ufffd", "\ufffd"] if character == "鷗" else [character]
        for number, piece in enumerate(pieces, start=1):
            reply.event(chunk(character if number == len(pieces) else "", entries=[entry(piece, -0.2)]))
    reply.event(chunk("", reason="stop"))
    reply.end()


@behaviour
def strips_its_text(asked: Any, reply: Reply) -> None:
    """Its tokens begin with a space that its text lacks, and end with the token that ends an answer."""
    reply.begin()
    for number, token in enumerate(tokens_of(" " + TEXT)):
        reply.event(chunk(token.lstrip() if number == 0 else token, entries=[entry(token, -0.1)]))
    reply.event(chunk("", entries=[entry("<|im_end|>", -0.01)], reason="stop"))
    reply.end()


# ------------------------------------------------------------------------------------------------- without what it says


@from_the_start
def gives_no_logprobs(asked: Any, reply: Reply) -> None:
    stream(asked, reply, said(asked, TEXT), logprobs=False)


@behaviour
def drops_logprobs(asked: Any, reply: Reply) -> None:
    stream(asked, reply, TEXT, logprobs=False)


@from_the_start
def gives_empty_logprobs(asked: Any, reply: Reply) -> None:
    reply.begin()
    for token in tokens_of(said(asked, TEXT))[: limit(asked)]:
        reply.event(chunk(token, entries=[]))
    reply.event(chunk("", reason="stop"))
    reply.end()


@from_the_start
def gives_one_object_without_entries(asked: Any, reply: Reply) -> None:
    choice = {"index": 0, "message": {"content": said(asked, TEXT)}, "logprobs": {"tokens": ["a"]}}
    reply.json(200, {"choices": [{**choice, "finish_reason": "stop"}]})


@behaviour
def gives_logprobs_of_another_text(asked: Any, reply: Reply) -> None:
    reply.begin()
    for token in tokens_of(TEXT):
        reply.event(chunk(token, entries=[entry(token.upper(), -0.1)]))
    reply.event(chunk("", reason="stop"))
    reply.end()


@behaviour
def is_certain_of_everything(asked: Any, reply: Reply) -> None:
    reply.begin()
    for token in tokens_of(TEXT * 3):
        reply.event(chunk(token, entries=[entry(token, 0.0)]))
    reply.event(chunk("", reason="stop"))
    reply.end()


@behaviour
def gives_impossible_logprobs(asked: Any, reply: Reply) -> None:
    reply.begin()
    for number, token in enumerate(tokens_of(TEXT)):
        reply.event(chunk(token, entries=[entry(token, (0.7, float("nan"), -0.1)[number % 3])]))
    reply.event(chunk("", reason="stop"))
    reply.end()


@from_the_start
def does_not_look_at_pictures(asked: Any, reply: Reply) -> None:
    reply.begin()
    for token in tokens_of("The picture shows a lovely day at the beach with all of us")[: limit(asked)]:
        reply.event(chunk(token, entries=[entry(token, -0.4)]))
    reply.event(chunk("", reason="stop"))
    reply.event(usage(PROMPT_TOKENS, 16))
    reply.end()


@from_the_start
def takes_no_pictures(asked: Any, reply: Reply) -> None:
    if asked.picture_form:
        message = "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"
        reply.json(500, {"error": {"code": 500, "message": message, "type": "server_error"}})
    else:
        stream(asked, reply, TEXT)


# ------------------------------------------------------------------------------------------------------------- thinking


def _thinks(asked: Any, reply: Reply, field: str) -> None:
    thoughts, most = tokens_of("Okay, the user wants me to write down what stands there. Let me look."), limit(asked)
    reply.begin()
    for token in thoughts[:most]:
        reply.event(chunk(None, **{field: token}))
    rest = tokens_of(said(asked, TEXT))[: max(0, most - len(thoughts))]
    for token in rest:
        reply.event(chunk(token, entries=[entry(token, -0.1)]))
    reply.event(chunk("", reason="stop" if rest else "length"))
    reply.event(usage(prompt_tokens(asked), most))
    reply.end()


@from_the_start
def thinks_unless_told_by_effort(asked: Any, reply: Reply) -> None:
    if asked.body.get("reasoning_effort") == "none":
        stream(asked, reply, said(asked, TEXT))
    else:
        _thinks(asked, reply, "reasoning")


@from_the_start
def thinks_unless_told_by_template(asked: Any, reply: Reply) -> None:
    if asked.body.get("chat_template_kwargs") == {"enable_thinking": False}:
        stream(asked, reply, said(asked, TEXT))
    else:
        _thinks(asked, reply, "reasoning_content")


@from_the_start
def always_thinks(asked: Any, reply: Reply) -> None:
    _thinks(asked, reply, "reasoning_content")


@behaviour
def leaks_thinking(asked: Any, reply: Reply) -> None:
    """The template's marks and all that was thought stand in the text."""
    stream(asked, reply, "<think>\nThe user wants a transcription. The first line says\n</think>\n\n" + TEXT)


@behaviour
def thinks_in_logprobs(asked: Any, reply: Reply) -> None:
    """As SGLang does: the tokens of the thinking are among the log-probabilities, not in the text."""
    reply.begin()
    for token in tokens_of("<think>short</think>"):
        reply.event(chunk(None, reasoning_content=token, entries=[entry(token, -0.1)]))
    for token in tokens_of(TEXT):
        reply.event(chunk(token, entries=[entry(token, -0.1)]))
    reply.event(chunk("", reason="stop"))
    reply.end()


# ---------------------------------------------------------------------------------------------- what models do wrong


@behaviour
def loops(asked: Any, reply: Reply) -> None:
    """Without end, as far as the client listens."""
    reply.begin()
    for number in count():
        token = ("milk, ", "bread and ", "butter\n")[number % 3]
        reply.event(chunk(token, entries=[entry(token, -0.01)]))
        if not reply.pause(0.001):
            break
    reply.drop()


@behaviour
def loops_with_late_text(asked: Any, reply: Reply) -> None:
    """Its text is held back until the end, which never comes; its tokens are not."""
    reply.begin()
    for _ in count():
        reply.event(chunk(None, entries=[entry("ex", -2.0)]))
        if not reply.pause(0.001):
            break
    reply.drop()


@behaviour
def refuses(asked: Any, reply: Reply) -> None:
    stream(asked, reply, "I'm sorry, but I can't help with transcribing this image.")


@behaviour
def refuses_in_its_own_field(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.event(chunk(None, refusal="I'm sorry, I can't assist with that."))
    reply.event(chunk(None, reason="stop"))
    reply.end()


@behaviour
def answers_empty(asked: Any, reply: Reply) -> None:
    stream(asked, reply, "")


@behaviour
def cuts_off(asked: Any, reply: Reply) -> None:
    stream(asked, reply, TEXT, most=9)


@behaviour
def translates(asked: Any, reply: Reply) -> None:
    stream(asked, reply, GERMAN)


@behaviour
def chatters(asked: Any, reply: Reply) -> None:
    stream(asked, reply, "Sure! Here is the transcription of the image:\n\n" + TEXT)


@behaviour
def holds_back(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.event(chunk("Shop", entries=[entry("Shop", -0.1)]))
    reply.event(chunk(None, reason="content_filter"))
    reply.end()


# --------------------------------------------------------------------------------------------- what servers do wrong


@behaviour
def hangs_before_an_answer(asked: Any, reply: Reply) -> None:
    reply.hang()


@behaviour
def hangs_after_its_head(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.hang()


@behaviour
def hangs_between_tokens(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.event(chunk("Shopping", entries=[entry("Shopping", -0.1)]))
    reply.hang()


@behaviour
def pings_and_never_answers(asked: Any, reply: Reply) -> None:
    reply.begin()
    while reply.pause(0.02):
        reply.line(b": still working")
    reply.drop()


@behaviour
def pings_and_answers(asked: Any, reply: Reply) -> None:
    reply.begin()
    for token in tokens_of(TEXT):
        reply.line(b": still working")
        reply.line(b"event: message")
        reply.event(chunk(token, entries=[entry(token, -0.1)]))
    reply.event(chunk("", reason="stop"))
    reply.end()


@behaviour
def never_closes(asked: Any, reply: Reply) -> None:
    """The answer is whole, but neither the counts nor the end follow."""
    reply.begin()
    for token in tokens_of(TEXT):
        reply.event(chunk(token, entries=[entry(token, -0.1)]))
    reply.event(chunk("", reason="stop"))
    reply.hang()


@behaviour
def breaks_off(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.event(chunk("Shopping", entries=[entry("Shopping", -0.1)]))
    reply.drop()


@behaviour
def ends_without_an_end(asked: Any, reply: Reply) -> None:
    """The stream ends in order, and the answer does not."""
    reply.begin()
    reply.event(chunk("Shopping", entries=[entry("Shopping", -0.1)]))
    reply.end(done=False)


@behaviour
def closes_at_once(asked: Any, reply: Reply) -> None:
    reply.drop()


@behaviour
def answers_nothing_at_all(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.end(done=False)


@behaviour
def answers_429(asked: Any, reply: Reply) -> None:
    reply.json(429, {"error": {"message": "Rate limit reached", "type": "rate_limit"}}, Retry_After="7")


@behaviour
def answers_503_until_a_date(asked: Any, reply: Reply) -> None:
    reply.whole(503, b"busy", Retry_After="Wed, 01 Jan 2200 00:00:00 GMT")


@behaviour
def answers_500(asked: Any, reply: Reply) -> None:
    message = f"CUDA out of memory while reading: {SECRET_OF_THE_PAGE}"
    reply.json(500, {"error": {"message": message.partition(" while")[0], "details": message}})


@behaviour
def answers_garbage(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.event(chunk("Shop", entries=[entry("Shop", -0.1)]))
    reply.line(b"data: {this is not JSON")
    reply.end()


@behaviour
def answers_deep_garbage(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.line(b"data: " + b'{"choices":' * 100_000)
    reply.end()


@behaviour
def answers_strange_json(asked: Any, reply: Reply) -> None:
    reply.begin()
    for strange in ([], 7, None, {"choices": 7}, {"choices": [7]}, {"choices": [{"delta": 7, "logprobs": 7}]}):
        reply.line(b"data: " + json.dumps({"choices": [{"delta": {"content": strange}}], "usage": strange}).encode())
    for strange in ([None], [{"token": 7}], [{"token": "a", "logprob": "b"}], {"a": 1}):
        reply.event(chunk("", entries=strange))
    reply.event(chunk(TEXT, reason="stop"))
    reply.end()


@behaviour
def answers_a_web_page(asked: Any, reply: Reply) -> None:
    reply.whole(200, b"<!doctype html>\n<title>Log in</title>")


@behaviour
def answers_wrong_utf8(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.bytes(b'data: {"choices": [{"delta": {"content": "caf\xe9"}}]}\n\n')
    reply.event(chunk("", reason="stop"))
    reply.end()


@behaviour
def answers_half_characters(asked: Any, reply: Reply) -> None:
    """A character beyond U+FFFF comes apart between two events, and half of one comes alone."""
    reply.begin()
    for content in ("to\\ud83d", "\\ude00gether", " al\\ud83done"):
        reply.bytes(b'data: {"choices": [{"delta": {"content": "' + content.encode() + b'"}}]}\n\n')
    reply.event(chunk("", reason="stop"))
    reply.end()


@behaviour
def answers_one_giant_line(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.bytes(b"data: ")
    for _ in range(24):  # more than a line may have, less than a whole answer may
        reply.bytes(b"x" * (1 << 20))
    reply.end()


@behaviour
def answers_without_end(asked: Any, reply: Reply) -> None:
    """Different words, one piece an event, for ever."""
    reply.begin()
    for number in count():
        reply.event(chunk(f"word{number * 7919 % 100_003} ", entries=None))
        if not reply.pause(0):
            break
    reply.drop()


@behaviour
def pings_without_end(asked: Any, reply: Reply) -> None:
    reply.begin()
    while reply.pause(0):
        reply.bytes(b": " + b"x" * (1 << 20) + b"\n")
    reply.drop()


@behaviour
def answers_packed(asked: Any, reply: Reply) -> None:
    reply.whole(200, b"\x1f\x8b" + b"x" * 100, "text/event-stream", Content_Encoding="gzip")


@behaviour
def redirects(asked: Any, reply: Reply) -> None:
    reply.whole(307, b"", Location=f"{reply.elsewhere}/chat/completions")


@behaviour
def reports_an_error_in_the_stream(asked: Any, reply: Reply) -> None:
    reply.begin()
    reply.event(chunk("Shop", entries=[entry("Shop", -0.1)]))
    reply.event({"error": {"code": 429, "message": "Provider is overloaded"}})
    reply.end()


# --------------------------------------------------------------------------------------------------- what servers refuse


@behaviour
def asks_for_a_key(asked: Any, reply: Reply) -> None:
    reply.json(401, {"error": {"message": "Incorrect API key provided: sk-very-secret-key."}})


@behaviour
def forbids(asked: Any, reply: Reply) -> None:
    reply.json(403, {"error": {"message": "Your key sk-very-secret-key may not use this model"}})


@behaviour
def asks_for_money(asked: Any, reply: Reply) -> None:
    reply.json(402, {"error": {"message": "Insufficient credits"}})


@behaviour
def lacks_the_model(asked: Any, reply: Reply) -> None:
    reply.json(404, {"error": {"message": "The model `scripted` does not exist.", "code": "model_not_found"}})


@from_the_start
def can_not_load_the_model(asked: Any, reply: Reply) -> None:
    """What it minds is said to the first form of a question only."""
    if asked.picture_form == "string":
        reply.json(422, {"detail": [{"loc": ["body", "messages", 0, "content"], "msg": "Input should be an object"}]})
    else:
        reply.json(400, {"detail": "Failed to load model: no such folder"})


@behaviour
def is_another_program(asked: Any, reply: Reply) -> None:
    reply.whole(404, b"<h1>Not found</h1>")


@behaviour
def lists_no_models(asked: Any, reply: Reply) -> None:
    if asked is None:
        reply.whole(404, b"not found")
    else:
        stream(asked, reply, said(asked, TEXT))


@behaviour
def has_too_short_a_context(asked: Any, reply: Reply) -> None:
    message = "request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it"
    reply.json(400, {"error": {"code": 400, "message": message, "type": "exceed_context_size_error"}})


@behaviour
def finds_the_page_too_large(asked: Any, reply: Reply) -> None:
    reply.whole(413, b"Payload Too Large")


@behaviour
def finds_fault_with_the_page(asked: Any, reply: Reply) -> None:
    repeated = "data:image/png;base64," + "iVBORw0KGgo" * 400
    reply.json(400, {"error": {"message": f"could not decode image {repeated} at offset 7\nnor retry\x1b[31m"}})

"""What is documented of servers and services that speak OpenAI's chat interface: data, and none of it a promise.

What really holds is found out by ``probe``; a preset saves it wrong turns. Hosted services were never run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from notesyncd.read.http.locality import host_of

PresetName = Literal[
    "auto",
    "llama.cpp",
    "ollama",
    "lmstudio",
    "vllm",
    "mlx-vlm",
    "openai",
    "gemini",
    "anthropic",
    "dashscope",
    "openrouter",
]

Field = tuple[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How a server is asked.

    Attributes:
        base_url: where it is found, if that is the same for everybody.
        hosted: it is somebody else's machine.
        limits: names of the field that limits an answer's tokens, the likeliest first.
        logprobs: False where it is known to give none, so that none are asked for.
        raw_logprobs: they are documented to be taken before penalties.
        thinking_off: fields that switch thinking off, the likeliest first.
        penalty: name of the field of a repetition penalty; None: it has none.
        penalty_context: name of the field that says how many tokens back are penalised.
        neutral: fields against defaults of the server's own that would change an answer.
        pixel_cap: where a field stands that keeps the server from making a picture smaller than it may be.
        pixels_per_token: of a picture, for estimates.
        owner: what its list of models says in ``owned_by``.
    """

    name: str
    base_url: str | None = None
    hosted: bool = False
    limits: tuple[str, ...] = ("max_tokens", "max_completion_tokens")
    logprobs: bool = True
    raw_logprobs: bool = False
    thinking_off: tuple[Field, ...] = ()
    penalty: str | None = None
    penalty_context: str | None = None
    neutral: tuple[Field, ...] = ()
    pixel_cap: Literal["request", "picture"] | None = None
    pixels_per_token: int = 28 * 28
    owner: str | None = None


_TEMPLATE: Field = ("chat_template_kwargs", {"enable_thinking": False})
_EFFORT: Field = ("reasoning_effort", "none")
_NO_PENALTIES: tuple[Field, ...] = (("frequency_penalty", 0.0), ("presence_penalty", 0.0))

UNKNOWN = Preset(name="unknown", thinking_off=(_TEMPLATE, _EFFORT), penalty="repetition_penalty")
"""A server of which nothing is known."""

PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        # https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md: probabilities are "a simple softmax
        # of the logits without considering any other sampler settings"; a reused prompt ("cache_prompt", on unless it
        # is switched off) "can cause nondeterministic results"; reasoning_effort "none" switches thinking off.
        Preset(
            name="llama.cpp",
            raw_logprobs=True,
            thinking_off=(_TEMPLATE, _EFFORT),
            penalty="repeat_penalty",
            penalty_context="repeat_last_n",
            neutral=(("repeat_penalty", 1.0), *_NO_PENALTIES, ("cache_prompt", False)),
            owner="llamacpp",
        ),
        # https://docs.ollama.com/api/openai-compatibility: the fields; a repetition penalty is not among them. A
        # model's own parameters hold for what is left out.
        # https://github.com/ollama/ollama/issues/14502: thinking goes off by reasoning_effort, not by the template.
        Preset(
            name="ollama",
            base_url="http://127.0.0.1:11434/v1",
            thinking_off=(_EFFORT,),
            neutral=_NO_PENALTIES,
            owner="library",
        ),
        # https://lmstudio.ai/docs/developer/openai-compat/chat-completions: the fields.
        # https://github.com/lmstudio-ai/lms/issues/60: log-probabilities are accepted and not given.
        Preset(
            name="lmstudio",
            base_url="http://127.0.0.1:1234/v1",
            logprobs=False,
            thinking_off=(_TEMPLATE, _EFFORT),
            penalty="repeat_penalty",
            neutral=(("repeat_penalty", 1.0), *_NO_PENALTIES),
            owner="organization_owner",
        ),
        # https://docs.vllm.ai/en/latest/configuration/engine_args.html: --logprobs-mode is raw_logprobs unless it is
        # changed; --generation-config: a model's own sampling settings hold for what is left out.
        # https://docs.vllm.ai/en/latest/features/reasoning_outputs.html: enable_thinking.
        Preset(
            name="vllm",
            raw_logprobs=True,
            thinking_off=(_TEMPLATE,),
            penalty="repetition_penalty",
            neutral=(("repetition_penalty", 1.0), *_NO_PENALTIES),
            owner="vllm",
        ),
        # mlx_vlm/server/schemas.py of mlx-vlm 0.7.10. Its log-probabilities are taken after penalties (measured). The
        # cap keeps a checkpoint's own, smaller one from making the picture smaller.
        Preset(
            name="mlx-vlm",
            limits=("max_tokens",),
            thinking_off=(("enable_thinking", False),),
            penalty="repetition_penalty",
            penalty_context="repetition_context_size",
            pixel_cap="request",
        ),
        # https://platform.openai.com/docs/api-reference/chat/create: max_tokens is deprecated, and refused by reasoning
        # models.
        Preset(
            name="openai",
            base_url="https://api.openai.com/v1",
            hosted=True,
            limits=("max_completion_tokens", "max_tokens"),
            thinking_off=(_EFFORT,),
        ),
        # https://ai.google.dev/gemini-api/docs/openai: base URL, data URIs, reasoning_effort.
        # https://ai.google.dev/gemini-api/docs/image-understanding: 258 tokens for a tile of 768 x 768 pixels.
        Preset(
            name="gemini",
            base_url="https://generativelanguage.googleapis.com/v1beta/openai",
            hosted=True,
            thinking_off=(_EFFORT,),
            pixels_per_token=768 * 768 // 258,
        ),
        # https://platform.claude.com/docs/en/api/openai-sdk: logprobs and both penalties are ignored, thinking is off
        # unless it is asked for. https://platform.claude.com/docs/en/build-with-claude/vision: width x height / 750.
        Preset(
            name="anthropic",
            base_url="https://api.anthropic.com/v1",
            hosted=True,
            logprobs=False,
            pixels_per_token=750,
        ),
        # https://www.alibabacloud.com/help/en/model-studio/qwen-vl-ocr-api-reference: base URLs differ by region
        # (dashscope.aliyuncs.com in Beijing), min_pixels and max_pixels stand beside image_url.
        # https://www.alibabacloud.com/help/en/model-studio/deep-thinking: enable_thinking.
        Preset(
            name="dashscope",
            base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            hosted=True,
            thinking_off=(("enable_thinking", False),),
            penalty="repetition_penalty",
            pixel_cap="picture",
        ),
        # https://openrouter.ai/docs/api/reference/parameters and https://openrouter.ai/docs/use-cases/reasoning-tokens
        Preset(
            name="openrouter",
            base_url="https://openrouter.ai/api/v1",
            hosted=True,
            thinking_off=(("reasoning", {"effort": "none"}),),
            penalty="repetition_penalty",
        ),
    )
}
assert {"auto", *PRESETS} == set(get_args(PresetName))

_HOSTS = {host_of(preset.base_url): preset for preset in PRESETS.values() if preset.base_url and preset.hosted}
_HOSTS["dashscope.aliyuncs.com"] = _HOSTS["dashscope-us.aliyuncs.com"] = PRESETS["dashscope"]


def preset_of(name: str, host: str) -> Preset | None:
    """Return the preset of that name, or for "auto" the hosted service at ``host``; None: it must be found out."""
    return _HOSTS.get(host) if name == "auto" else PRESETS[name]

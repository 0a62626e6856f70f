"""For tests, ours and those of plugin authors: conformance suites, drawn pages with known words, sample pages.

Import from its modules: ``pages``, ``samples`` and ``images`` need nothing beyond notesyncd, the contracts need pytest.
"""

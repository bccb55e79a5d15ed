"""Text that a translation must hold as it is: variables of programs, addresses of the web and of mail."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"""
    (?:https?|ftp)://[^\s<>"'{}|\\^`]*[^\s<>"'{}|\\^`.,;:!?)\]]   # addresses, without the sentence's punctuation
  | www\.[\w-]+\.[^\s<>"'{}|\\^`]*[^\s<>"'{}|\\^`.,;:!?)\]]
  | [\w.+-]+@[\w-]+(?:\.[\w-]+)+                                  # mail
  | \{\{[^{}]*\}\} | \$\{[^{}]*\} | \#\{[^{}]*\}                  # {{name}} ${name} #{name}
  | \{[^{}\s]*\}                                                  # {} {0} {name} {name!r:>10}
  | %\([^()\s]+\)[-#0+\x20]*\d*(?:\.\d+)?[a-zA-Z]                 # %(name)s %(amount).2f
  | %(?:\d+\$)?[-#0+']*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|q|L|j|z|t)?[diouxXeEfFgGaAcspn@](?![\w%])
                                                                  # %s %1$s %5.2f %ld, and no "50% discount"
  | %\{[^{}\s]+\} | %%                                            # %{name}
  | \$\w*[A-Za-z_]\w*                                             # $name, and no $5
  | @@?[a-z]\w*@ | &[a-zA-Z]+;|&\#\w+;                            # @name@ and entities
    """,
    re.VERBOSE,
)


def find_placeholders(text: str) -> list[tuple[int, int]]:
    """The placeholders of a text as (begin, end) of their characters, in order.

    >>> [text[begin:end] for begin, end in find_placeholders(text := "Hi {name}, 50% of %(count)d at https://x.org/.")]
    ['{name}', '%(count)d', 'https://x.org/']
    """
    return [match.span() for match in _PLACEHOLDER.finditer(text)]

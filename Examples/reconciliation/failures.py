# SPDX-License-Identifier: Apache-2.0
"""Why a reconciliation ends without bits. Exit codes mean what they mean in docs/exit-codes.md."""


class Failure(Exception):
    """A fact that somebody can act on. Sentences hold no sample and no bit."""

    kind, code = "failure", 1


class NotFound(Failure):
    """The source has no such file."""

    kind, code = "notFound", 3


class Unusable(Failure):
    """A socket or a file cannot be made or written where it should be."""


class Incompatible(Failure):
    """Another version, link, session or end than this one."""

    kind, code = "incompatible", 6


class Gone(Failure):
    """The other end hung up."""

    kind, code = "gone", 7


class TimedOut(Failure):
    """The other end is not there, or is silent."""

    kind, code = "timedOut", 9


class Inconclusive(Failure):
    """Nothing can be had from these data: too few of them, or too noisy for the codes."""

    kind, code = "inconclusive", 12


class OutsideLimits(Failure):
    """The session's windows are not fit for an estimate."""

    kind, code = "outsideLimits", 13


class Damaged(Failure):
    """Bytes are not what they should be: a block, a statement, or a message on the channel."""

    kind, code = "damaged", 14


class Disagreement(Damaged):
    """The two ends do not say the same about the same thing."""

    kind = "disagreement"


class PeerFailed(Failure):
    """The other end ended with a failure of its own, and said so."""

    kind = "peerFailed"

"""Drives one conversation: requests out, replies in, the transcript stored."""

from __future__ import annotations

from evalkit.asking.forecast import request_for
from evalkit.asking.stopping import StoppedError
from evalkit.errors import ProviderError, SpecError, StoreError
from evalkit.specs.plan import Job
from evalkit.types import Ask, Reply, Request, Transcript, Turn


async def drive(job: Job, ask: Ask) -> Transcript:
    """Hold one conversation. A failure becomes the reply of its turn; fatal faults and a stop are raised."""
    turns: list[Turn] = []
    error: str | None = None
    conversation = job.script.hold()
    try:
        messages = next(conversation)
        while True:
            turns += [Turn(m.role, m.content, None, m.earlier, m.attachments) for m in messages[len(turns) :]]
            reply = await _answer(ask, request_for(job, messages))
            turns.append(Turn("assistant", reply.text, reply, messages[-1].earlier))
            error = reply.error
            messages = conversation.send(reply)
    except StopIteration:
        if error is None and turns[-1].earlier:
            error = "the answer to an earlier question is empty"
    except SpecError as fault:  # a branch of the template that the rehearsal did not reach
        error = str(fault)
    return Transcript(job.trial, tuple(turns), error, wordings=job.wordings, variant=job.variant)


async def _answer(ask: Ask, request: Request) -> Reply:
    """The one boundary where a failure becomes data."""
    try:
        return await ask(request)
    except ProviderError as error:
        if error.fault == "fatal":
            raise
        return Reply("", "error", error=str(error))
    except (StoreError, StoppedError):
        raise
    except Exception as error:
        return Reply("", "error", error=f"{type(error).__name__}: {error}")

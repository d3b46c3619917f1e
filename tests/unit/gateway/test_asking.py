from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

import pytest

from services.gateway.asking import Asking
from services.gateway.problems import Problem
from services.gateway.standing import Person, Role

CLERK = Person(id="officer:wang", name="王芳", roles=frozenset({Role.CLERK}))
NOTHING = cast(Any, None)
ASKING = Asking(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)


async def test_who_received_it_is_a_name_and_no_novel() -> None:
    with pytest.raises(Problem) as no:
        await ASKING.confirm_delivery(CLERK, "key", uuid4(), "长" * 101)

    assert [error.pointer for error in no.value.shape.errors] == ["/received_by"]

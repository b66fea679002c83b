"""What a token says of who somebody is can be kept, or the token is none."""

from pathlib import Path
from typing import Any

import pytest

from chassis.errors import Unauthenticated
from tests.chassis.issuer import Issuer


@pytest.mark.parametrize("claim", ["sub", "jti"])
@pytest.mark.parametrize("text", ["a\x00b", "\x00"])
async def test_who_somebody_is_can_be_kept(tmp_path: Path, claim: str, text: str) -> None:
    issuer = Issuer(tmp_path / "keys.json")
    changes: dict[str, Any] = {claim: text}

    with pytest.raises(Unauthenticated) as refused:
        await issuer.verifier().verify(issuer.token(**changes))

    assert refused.value.code == "token-invalid"

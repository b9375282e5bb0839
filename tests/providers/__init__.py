"""What every provider must do (`suite.py`), one page of exact requests each, and the hosts' own rules (`schemas/`)."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.suite", f"{__name__}.talk")

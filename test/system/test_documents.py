"""The documents, the layers and the references to standards agree with the code. Each check says what to mend."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("check", ["check_docs", "check_layers", "check_rfc"])
def test_agrees_with_the_code(check):
    ended = subprocess.run([sys.executable, str(ROOT / "tools" / check)], capture_output=True, text=True, check=False,
                           env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    assert ended.returncode == 0, ended.stdout + ended.stderr
